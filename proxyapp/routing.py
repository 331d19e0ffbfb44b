"""Where a call may go: the targets of its model, in the order in which they are tried."""

import logging
import random
from collections.abc import Collection, Iterator, Mapping, Sequence

from proxyapp.errors import GatewayError, InvalidRequest, UnknownModel, UpstreamFailed
from proxyapp.health import Health
from proxyapp.protocols.base import CHAT_PROTOCOLS
from proxyapp.road import DIRECT, Road
from proxyapp.sealing import Sealer, SealError
from proxyapp.snapshot import Catalogue, CredentialFacts, ModelFacts, RoadFacts, RouteFacts, Target

_ADDRESSES = {
    "anthropic": "/anthropic/v1/messages",
    "openai_chat": "/openai/v1/chat/completions",
    "openai_responses": "/openai/v1/responses",
    "gemini": "/v1beta/models/{model}:generateContent",
    "media_v3": "/v3/async/{model}",
}
"""Where a model is called that has a route of this protocol."""

log = logging.getLogger(__name__)


class Router:
    """Chooses targets; opens each secret once and remembers it as long as its sealed form is current."""

    def __init__(self, sealer: Sealer, health: Health) -> None:
        self._sealer = sealer
        self._health = health
        self._opened: dict[tuple[str, str], str] = {}

    def choose(
        self, catalogue: Catalogue, model: ModelFacts, protocol: str, carriers: Collection[str] = ()
    ) -> list[Target]:
        """Targets by priority, shuffled by weight within one; those cooling down come last, not never.

        `carriers` are the protocols whose routes can carry the call; unless it is said, a conversation goes
        by any route of one, translated where it must be. Routes of the client's own protocol come first.
        """
        among = carriers or (CHAT_PROTOCOLS if protocol in CHAT_PROTOCOLS else (protocol,))
        routes = [route for route in model.routes if route.protocol in among]
        if not routes:
            raise _without_route(model)
        if len(routes) > 1:
            routes.sort(key=lambda route: (route.protocol != protocol, route.priority, _draw(route.weight)))
        targets = [target for route in routes for target in self._targets(route, catalogue.roads)]
        if not targets:
            raise UpstreamFailed(
                f"The model {model.name!r} has no usable credential at the moment.", code="no_credential"
            )
        if len(targets) > 1:
            targets.sort(key=lambda target: self._health.is_cooling(target.route_id, target.credential_id))
        return targets

    def roads(self, catalogue: Catalogue) -> set[Road]:
        """All the roads by which providers of this catalogue are reached."""
        return {road for facts in catalogue.roads.values() if (road := self._road(facts))}

    def _targets(self, route: RouteFacts, roads: Mapping[int, RoadFacts]) -> Iterator[Target]:
        """One for each credential, without those that do not open: the others of the model may."""
        facts = roads.get(route.provider_id)
        road = self._road(facts) if facts else DIRECT
        if road is None:
            return  # and never without its proxy
        for credential in _mixed(route):
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


def _draw(weight: int) -> float:
    """A random key that sorts a route of twice the weight first twice as often."""
    return -float(random.random() ** (1 / weight))  # noqa: S311 - a share of load, not a secret


def _mixed(route: RouteFacts) -> Sequence[CredentialFacts]:
    among = route.credentials
    return among if len(among) == 1 else random.sample(among, len(among))


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
