"""Which targets a call is offered, and in which order."""

import secrets
from collections import Counter
from dataclasses import dataclass

import pytest

from proxyapp.errors import UnknownModel, UpstreamFailed
from proxyapp.health import Health
from proxyapp.road import DIRECT, Road
from proxyapp.routing import Router, find
from proxyapp.sealing import Sealer
from proxyapp.snapshot import Catalogue, CredentialFacts, ModelFacts, RoadFacts, RouteFacts, Target

SEALER = Sealer({"k1": secrets.token_bytes(32)})
SECRET = "sk-at-the-provider"
PROXY = "http://user:password@proxy.example.org"
TIMES = 2_000


@dataclass
class World:
    router: Router
    health: Health

    def choose(self, offered: ModelFacts, roads: dict[int, RoadFacts] | None = None) -> list[Target]:
        return self.router.choose(catalogue(roads), offered, "anthropic")


@pytest.fixture
def world() -> World:
    health = Health()
    return World(Router(SEALER, health), health)


def credential(number: int, secret: str = SECRET, sealer: Sealer = SEALER) -> CredentialFacts:
    return CredentialFacts(number, sealer.seal(secret, f"place {number}"), f"place {number}")


def route(
    number: int,
    priority: int = 1,
    weight: int = 1,
    protocol: str = "anthropic",
    credentials: tuple[CredentialFacts, ...] | None = None,
) -> RouteFacts:
    return RouteFacts(
        route_id=number,
        provider_id=number,
        protocol=protocol,
        base_url="https://provider.example.org",
        upstream_model="m",
        priority=priority,
        weight=weight,
        allow_private=False,
        credentials=(credential(number),) if credentials is None else credentials,
    )


def model(*routes: RouteFacts) -> ModelFacts:
    return ModelFacts(1, "m", 1000, 1000, 0, {}, routes)


def catalogue(roads: dict[int, RoadFacts] | None = None) -> Catalogue:
    return Catalogue("v", {}, {}, roads or {})


def proxied(number: int, sealer: Sealer = SEALER) -> RoadFacts:
    return RoadFacts(sealer.seal(PROXY, f"proxy {number}"), f"proxy {number}", http2=True)


def order(world: World, offered: ModelFacts) -> list[int]:
    return [target.route_id for target in world.choose(offered)]


def test_it_works(world: World) -> None:
    (target,) = world.choose(model(route(7)))
    assert (target.route_id, target.credential_id, target.secret) == (7, 7, SECRET)


def test_lower_priority_comes_first(world: World) -> None:
    assert order(world, model(route(1, priority=9), route(2, priority=1), route(3, priority=5))) == [2, 3, 1]


def test_routes_of_one_priority_share_by_weight(world: World) -> None:
    offered = model(route(1, weight=1), route(2, weight=3))
    first = Counter(order(world, offered)[0] for _ in range(TIMES))
    assert 0.65 < first[2] / TIMES < 0.85


def test_every_credential_is_a_target_and_all_take_turns(world: World) -> None:
    offered = model(route(1, credentials=(credential(1), credential(2), credential(3))))
    seen = [tuple(target.credential_id for target in world.choose(offered)) for _ in range(200)]
    assert {frozenset(targets) for targets in seen} == {frozenset({1, 2, 3})}
    assert {targets[0] for targets in seen} == {1, 2, 3}


def test_routes_of_the_clients_own_protocol_come_first(world: World) -> None:
    offered = model(route(1, protocol="gemini"), route(2, priority=9), route(3, protocol="openai_chat"))
    assert order(world, offered)[0] == 2
    assert set(order(world, offered)[1:]) == {1, 3}


def test_a_route_that_is_no_chat_is_not_among_them(world: World) -> None:
    assert order(world, model(route(1, protocol="media_v3"), route(2))) == [2]


def test_what_is_cooling_down_comes_last_and_not_never(world: World) -> None:
    offered = model(route(1, priority=1), route(2, priority=2))
    world.health.cool(1, 1, 60)
    assert order(world, offered) == [2, 1]
    world.health.cool(2, 2, 60)
    assert order(world, offered) == [1, 2]


def test_a_cool_down_ends(world: World) -> None:
    world.health.cool(1, 1, 0)
    assert order(world, model(route(1, priority=1), route(2, priority=2))) == [1, 2]


def test_a_rotated_secret_is_opened_anew(world: World) -> None:
    world.choose(model(route(1)))
    rotated = model(route(1, credentials=(credential(1, "another"),)))
    assert world.choose(rotated)[0].secret == "another"


def test_a_credential_that_does_not_open_is_left_out(world: World) -> None:
    lost = credential(1, sealer=Sealer({"gone": bytes(32)}))
    offered = model(route(1, credentials=(lost, credential(2))))
    assert [target.credential_id for target in world.choose(offered)] == [2]


def test_a_credential_copied_to_another_place_does_not_open_there(world: World) -> None:
    original = credential(1)
    copy = CredentialFacts(2, original.sealed, "place 2")
    offered = model(route(1, credentials=(original,)), route(2, credentials=(copy,)))
    for _ in range(2):  # also once the original has been opened
        assert order(world, offered) == [1]


def test_no_usable_credential(world: World) -> None:
    with pytest.raises(UpstreamFailed, match="no usable credential"):
        world.choose(model(route(1, credentials=())))


def test_no_route(world: World) -> None:
    with pytest.raises(UpstreamFailed, match="no route") as refused:
        world.choose(model())
    assert refused.value.problem.status == 503


def test_an_unknown_model() -> None:
    with pytest.raises(UnknownModel, match="no-such"):
        find(Catalogue("v", {}, {}), "no-such")


def test_no_target_is_ever_printed_with_its_secret(world: World) -> None:
    assert SECRET not in repr(world.choose(model(route(1))))


def test_a_provider_is_called_directly_unless_something_else_is_said(world: World) -> None:
    (target,) = world.choose(model(route(1)), {2: proxied(2)})
    assert target.road is DIRECT


def test_the_road_of_a_provider_is_opened(world: World) -> None:
    (target,) = world.choose(model(route(1)), {1: proxied(1)})
    assert target.road == Road(PROXY, http2=True)


def test_a_provider_whose_proxy_does_not_open_is_passed_over(world: World) -> None:
    lost = proxied(1, Sealer({"lost": secrets.token_bytes(32)}))
    assert [target.route_id for target in world.choose(model(route(1), route(2)), {1: lost})] == [2]


def test_a_proxy_of_another_provider_does_not_open(world: World) -> None:
    copied = RoadFacts(proxied(2).proxy, "proxy 1")
    with pytest.raises(UpstreamFailed):
        world.choose(model(route(1)), {1: copied})


def test_all_roads_of_a_catalogue(world: World) -> None:
    lost = proxied(4, Sealer({"lost": bytes(32)}))
    roads = {1: proxied(1), 2: proxied(2), 3: RoadFacts(http2=True), 4: lost}
    assert world.router.roads(catalogue(roads)) == {Road(PROXY, http2=True), Road(http2=True)}


def test_a_road_does_not_show_its_proxy(world: World) -> None:
    (target,) = world.choose(model(route(1)), {1: proxied(1)})
    assert "password" not in f"{target!r} {target.road!r} {target.road}"
