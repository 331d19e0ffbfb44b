"""Where a call may go: the targets of its model, in the order in which they are tried."""

import logging
import random
from collections.abc import Sequence

from proxyapp.errors import InvalidRequest, UnknownModel, UpstreamFailed
from proxyapp.health import Health
from proxyapp.sealing import Sealer, SealError
from proxyapp.snapshot import Catalogue, CredentialFacts, ModelFacts, RouteFacts, Target

_ADDRESSES = {
    "anthropic": "/anthropic/v1/messages",
    "openai_chat": "/openai/v1/chat/completions",
    "openai_responses": "/openai/v1/responses",
    "gemini": "/v1beta/models/{model}:generateContent",
}

log = logging.getLogger(__name__)


class Router:
    """Chooses targets; opens each credential once and remembers it as long as its sealed form is current."""

    def __init__(self, sealer: Sealer, health: Health) -> None:
        self._sealer = sealer
        self._health = health
        self._opened: dict[tuple[str, str], str] = {}

    def choose(self, model: ModelFacts, protocol: str) -> list[Target]:
        """Targets by priority, shuffled by weight within one; those cooling down come last, not never."""
        routes = [route for route in model.routes if route.protocol == protocol]
        if not routes:
            raise _wrong_protocol(model, protocol)
        if len(routes) > 1:
            routes.sort(key=lambda route: (route.priority, _draw(route.weight)))
        found = (self._target(route, credential) for route in routes for credential in _mixed(route))
        targets = [target for target in found if target is not None]
        if not targets:
            raise UpstreamFailed(
                f"The model {model.name!r} has no usable credential at the moment.", code="no_credential"
            )
        if len(targets) > 1:
            targets.sort(key=lambda target: self._health.is_cooling(target.route_id, target.credential_id))
        return targets

    def _target(self, route: RouteFacts, credential: CredentialFacts) -> Target | None:
        """None where the credential does not open: the others of the model may."""
        sealed = credential.sealed, credential.context  # elsewhere the same sealed text must not open
        secret = self._opened.get(sealed)
        if secret is None:
            if len(self._opened) > 10_000:  # rotated credentials leave their old form behind
                self._opened.clear()
            try:
                secret = self._sealer.open(*sealed)
            except SealError as error:
                log.error("credential %d cannot be used: %s", credential.credential_id, error)
                return None
            self._opened[sealed] = secret
        return Target(route, credential.credential_id, secret)


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


def _wrong_protocol(model: ModelFacts, protocol: str) -> InvalidRequest:
    spoken = sorted({route.protocol for route in model.routes})
    if not spoken:
        return InvalidRequest(
            f"The model {model.name!r} has no route at the moment.", code="model_without_route", status=503
        )
    addresses = [_ADDRESSES[name].replace("{model}", model.name) for name in spoken]
    return InvalidRequest(
        f"The model {model.name!r} is not served at this endpoint.",
        code="wrong_endpoint",
        hint=f"Call it at {' or '.join(addresses)}.",
        protocol=protocol,
        served_by=spoken,
    )
