"""What the gateway may know: frozen facts, published by their owners in the control plane.

Facts of one key travel alone (there may be a million of them); the catalogue travels whole (it is small and
every call needs it). Both are JSON in Redis. Secrets in them are sealed.
"""

from functools import cached_property
from typing import Literal

import msgspec

from proxyapp.road import Road
from proxyapp.usage import INPUT_METERS, METERS, TokenUsage

KeyStatus = Literal["active", "disabled", "revoked"]
Enforcement = Literal["hard", "relaxed"]


class KeyFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """An API key as the gateway sees it. Times: seconds since 1970; money: nano-USD; None: unlimited."""

    key_id: int
    organization_id: int
    user_id: int
    status: KeyStatus = "active"
    expires_at: float | None = None
    enforcement: Enforcement = "hard"
    price_group_id: int = 0
    rpm: int | None = None
    concurrency: int | None = None
    budget_total: int | None = None


class PriceFacts(msgspec.Struct, frozen=True, dict=True):
    """One immutable price version: pico-USD per unit by meter, of every one of `METERS`."""

    price_id: int
    rates: dict[str, int]

    @cached_property
    def charged(self) -> tuple[tuple[str, int], ...]:
        """The meters that cost something, and their rates. KeyError where one has no rate: nothing is free by
        omission."""
        return tuple((meter, self.rates[meter]) for meter in METERS if self.rates[meter])

    @cached_property
    def dearest_input(self) -> int:
        """The rate of the input token that costs most, wherever it is read from or written to."""
        return max(self.rates[meter] for meter in INPUT_METERS)

    def pico(self, usage: TokenUsage) -> int:
        """What this usage costs, before any multiplier."""
        total = 0
        for meter, rate in self.charged:
            total += getattr(usage, meter) * rate
        return total


class CredentialFacts(msgspec.Struct, frozen=True):
    """A sealed secret at a provider; `context` is what it was sealed with."""

    credential_id: int
    sealed: str
    context: str


class RoadFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a provider is reached, where not directly: see `Road`. `proxy` is sealed with `context`."""

    proxy: str = ""
    context: str = ""
    http2: bool = False
    authority: str = ""


class RouteFacts(msgspec.Struct, frozen=True):
    """One way to serve a model. Lower `priority` is tried first; `weight` shares within a priority."""

    route_id: int
    provider_id: int
    protocol: str
    base_url: str
    upstream_model: str
    priority: int
    weight: int
    allow_private: bool
    credentials: tuple[CredentialFacts, ...]
    cost: PriceFacts | None = None


class ModelFacts(msgspec.Struct, frozen=True):
    """A model we offer. `prices` is by price group; group 0 is the base that other groups fall back to."""

    model_id: int
    name: str
    max_output_tokens: int
    context_tokens: int
    created: int
    prices: dict[int, PriceFacts]
    routes: tuple[RouteFacts, ...]


class Catalogue(msgspec.Struct, frozen=True):
    """All models by public name, and the multiplier of each price group in millionths.

    `roads` are by provider; one that is not among them is called directly.
    """

    version: str
    models: dict[str, ModelFacts]
    multipliers: dict[int, int]
    roads: dict[int, RoadFacts] = {}


encode = msgspec.json.Encoder().encode
decode_key = msgspec.json.Decoder(KeyFacts).decode
decode_catalogue = msgspec.json.Decoder(Catalogue).decode


class Target:
    """A route with one of its credentials, and its road, opened: what is dialled. Never printed, never sent
    anywhere.
    """

    __slots__ = ("credential_id", "road", "route", "secret")

    def __init__(self, route: RouteFacts, road: Road, credential_id: int, secret: str) -> None:
        self.route = route
        self.road = road
        self.credential_id = credential_id
        self.secret = secret

    @property
    def route_id(self) -> int:
        return self.route.route_id
