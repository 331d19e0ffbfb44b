"""What a provision file declares. None means: not mentioned, so left as it is. Money is nano-USD."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.text import slugify

Rates = Mapping[str, int]
"""Pico-USD per unit by meter, complete (see `portal.catalogue.rates`)."""


@dataclass(frozen=True, slots=True)
class Credential:
    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """`protocols` is base URL by protocol, all that the provider speaks; `credentials` are all it has.

    An empty `proxy` is none, an empty `ca_bundle` leaves the provider to the system's authorities.
    """

    name: str
    protocols: Mapping[str, str]
    credentials: tuple[Credential, ...] | None = None
    allow_private_addresses: bool | None = None
    proxy: str | None = field(default=None, repr=False)
    http2: bool | None = None
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    provider: str
    protocol: str
    upstream: str
    priority: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """`routes` are all that serve it. The two ceilings are set by the demo only, no file names them."""

    name: str
    routes: tuple[Route, ...]
    price: Rates | None = None
    cost: Rates | None = None
    max_output_tokens: int | None = None
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Each None lifts that limit: a table that is mentioned is set whole."""

    rpm: int | None
    concurrency: int | None


@dataclass(frozen=True, slots=True)
class Budget:
    total: int | None


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    limits: Limits | None = None
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """`credit` is all that provisioning has ever granted, not what is left."""

    name: str
    owner: str
    credit: int | None = None
    enforcement: str | None = None
    keys: tuple[Key, ...] = ()

    @property
    def slug(self) -> str:
        """What it is found by: nobody who signs up can choose it, as they could choose a name."""
        return slugify(self.name) or f"organization-{hashlib.sha256(self.name.encode()).hexdigest()[:10]}"


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. Lists keep the file's order, so that a position names the same thing in both."""

    providers: tuple[Provider, ...] = ()
    models: tuple[Model, ...] = ()
    organizations: tuple[Organization, ...] = ()
