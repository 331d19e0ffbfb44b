"""Where a call may go: the targets of its model, in the order in which they are tried."""

import logging
import random
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from proxyapp.errors import GatewayError, InvalidRequest, UnknownModel, UpstreamFailed
from proxyapp.health import Health
from proxyapp.protocols.base import CHAT_PROTOCOLS
from proxyapp.road import DIRECT, Road
from proxyapp.sealing import Sealer, SealError
from proxyapp.snapshot import Catalogue, ModelFacts, RoadFacts, RouteFacts, Target

_ADDRESSES = {
    "anthropic": "/anthropic/v1/messages",
    "openai_chat": "/openai/v1/chat/completions",
    "openai_responses": "/openai/v1/responses",
    "gemini": "/v1beta/models/{model}:generateContent",
    "media_v3": "/v3/async/{model}",
}
"""Where a model is called that has a route of this protocol."""

Rank: TypeAlias = list[tuple[RouteFacts, list[Target]]]
"""Routes of one priority, each with its targets."""

log = logging.getLogger(__name__)


class Router:
    """Chooses targets; opens each secret once and remembers it as long as its sealed form is current."""

    def __init__(self, sealer: Sealer, health: Health) -> None:
        self._sealer = sealer
        self._health = health
        self._opened: dict[tuple[str, str], str] = {}
        self._ranked: tuple[Catalogue | None, dict[tuple[str, str, tuple[str, ...]], list[Rank]]] = None, {}

    def choose(
        self, catalogue: Catalogue, model: ModelFacts, protocol: str, carriers: tuple[str, ...] = ()
    ) -> list[Target]:
        """Targets by priority, shuffled by weight within one; those cooling down come last, not never.

        `carriers` are the protocols whose routes can carry the call; unless it is said, a conversation goes
        by any route of one, translated where it must be. Routes of the client's own protocol come first.
        """
        known = self._ranked
        if known[0] is not catalogue:
            known = self._ranked = catalogue, {}
        asked = model.name, protocol, carriers
        ranks = known[1].get(asked)
        if ranks is None:
            ranks = known[1][asked] = self._ranks(catalogue, model, protocol, carriers)
        targets = [target for rank in ranks for target in _drawn(rank)]
        if self._health.is_any_cooling and len(targets) > 1:
            targets.sort(key=lambda target: self._health.is_cooling(target.route_id, target.credential_id))
        return targets

    def roads(self, catalogue: Catalogue) -> set[Road]:
        """All the roads by which providers of this catalogue are reached."""
        return {road for facts in catalogue.roads.values() if (road := self._road(facts))}

    def _ranks(
        self, catalogue: Catalogue, model: ModelFacts, protocol: str, carriers: tuple[str, ...]
    ) -> list["Rank"]:
        """Its routes with what they lead to, the first to be tried first."""
        among = carriers or (CHAT_PROTOCOLS if protocol in CHAT_PROTOCOLS else (protocol,))
        routes = [route for route in model.routes if route.protocol in among]
        if not routes:
            raise _without_route(model)
        ranks: dict[tuple[bool, int], Rank] = {}
        for route in routes:
            if targets := list(self._targets(route, catalogue.roads)):
                ranks.setdefault((route.protocol != protocol, route.priority), []).append((route, targets))
        if not ranks:
            raise UpstreamFailed(
                f"The model {model.name!r} has no usable credential at the moment.", code="no_credential"
            )
        return [ranks[place] for place in sorted(ranks)]

    def _targets(self, route: RouteFacts, roads: Mapping[int, RoadFacts]) -> Iterator[Target]:
        """One for each credential, without those that do not open: the others of the model may."""
        facts = roads.get(route.provider_id)
        road = self._road(facts) if facts else DIRECT
        if road is None:
            return  # and never without its proxy
        for credential in route.credentials:
            secret = self._open(credential.sealed, credential.context)
            if secret is not None:
                yield Target(route, road, credential.credential_id, secret)

    def _road(self, facts: RoadFacts) -> Road | None:
        proxy = self._open(facts.proxy, facts.context) if facts.proxy else ""
        return None if proxy is None else Road(proxy, facts.http2, facts.authority)

    def _open(self, sealed: str, context: str) -> str | None:
        place = sealed, context  # elsewhere the same sealed text must not open
        secret = self._opened.get(place)
        if secret is None:
            if len(self._opened) > 10_000:  # rotated secrets leave their old form behind
                self._opened.clear()
            try:
                secret = self._sealer.open(*place)
            except SealError as error:
                log.error("the secret of %s cannot be used: %s", context, error)
                return None
            self._opened[place] = secret
        return secret


def find(catalogue: Catalogue | None, name: str) -> ModelFacts:
    """The model of this public name, or UnknownModel."""
    model = catalogue.models.get(name) if catalogue else None
    if model is None:
        raise UnknownModel(
            f"There is no model {name[:120]!r} here.",
            hint="GET /v1/models lists the models you can call.",
            model=name[:120],
        )
    return model


def _drawn(rank: Rank) -> Iterator[Target]:
    """Its targets in a random order: routes by their weights, credentials alike."""
    for _, targets in sorted(rank, key=_draw) if len(rank) > 1 else rank:
        yield from random.sample(targets, len(targets)) if len(targets) > 1 else targets


def _draw(ranked: tuple[RouteFacts, list[Target]]) -> float:
    """A random key that sorts a route of twice the weight first twice as often."""
    return -float(random.random() ** (1 / ranked[0].weight))  # noqa: S311 - a share of load, not a secret


def _without_route(model: ModelFacts) -> GatewayError:
    if not model.routes:
        return UpstreamFailed(
            f"The model {model.name!r} has no route at the moment.",
            code="model_without_route",
            status=503,
            hint="Ask the operator to give it one.",
        )
    spoken = sorted({route.protocol for route in model.routes})
    addresses = [_ADDRESSES[name].replace("{model}", model.name) for name in spoken]
    return InvalidRequest(
        f"The model {model.name!r} is not served at this endpoint.",
        code="wrong_endpoint",
        hint=f"Call it at {' or '.join(addresses)}.",
        served_by=spoken,
    )
