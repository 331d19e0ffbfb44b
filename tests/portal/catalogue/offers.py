"""Something to offer, under names that no other test uses."""

from secrets import token_hex
from typing import Any

from portal.catalogue import services
from portal.catalogue.models import AIModel, Provider
from portal.kit.redis import client
from proxyapp.snapshot import Catalogue, decode_catalogue
from proxyapp.store import CATALOGUE

SECRET = "sk-upstream-0123456789-wxyz"
BASE_URL = "https://api.example.com"
RATES = dict.fromkeys(("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), 3_000_000) | {
    "images": 0,
    "seconds": 0,
    "characters": 0,
    "calls": 0,
}
DEARER = RATES | {"output": 15_000_000}


def fresh(name: str) -> str:
    return f"{name}-{token_hex(5)}"


def provider(*protocols: str) -> Provider:
    """A provider with a credential, speaking these protocols."""
    made = services.add_provider(name=fresh("provider"), actor=None)
    for protocol in protocols:
        services.set_address(provider=made, protocol=protocol, base_url=BASE_URL, actor=None)
    services.set_credential(provider=made, name="main", secret=SECRET, actor=None)
    return made


def model(made: Provider, *protocols: str, **values: Any) -> AIModel:
    """A priced model, served by the provider over these protocols."""
    offered = services.add_model(name=fresh("model"), actor=None)
    for protocol in protocols:
        services.set_route(
            model=offered, provider=made, protocol=protocol, upstream_model="up", actor=None, **values
        )
    services.set_price(book="sell", model=offered, rates=RATES, actor=None)
    return offered


def published() -> Catalogue:
    """What the gateway can read now."""
    raw = client().get(CATALOGUE)
    assert isinstance(raw, bytes)
    return decode_catalogue(raw)
