"""Puts models on offer that the sandbox serves, in any protocol and with any script."""

import itertools
import os

from portal.catalogue import services
from portal.catalogue.models import Provider
from proxyapp.money import amount
from proxyapp.sandbox.tally import Counts

_number = itertools.count(1)
PER_TOKEN = {
    "input": 3_000_000,
    "cache_read": 300_000,
    "cache_write_5m": 3_750_000,
    "cache_write_1h": 6_000_000,
    "output": 15_000_000,
    "images": 0,
    "seconds": 0,
    "characters": 0,
    "calls": 0,
}
"""Pico-USD per token: 3, 0.30, 3.75, 6 and 15 USD per million."""


def per_call(nano: int) -> dict[str, int]:
    return dict.fromkeys(PER_TOKEN, 0) | {"calls": nano * 1_000}


def offer(
    *protocols: str, script: str = "", rates: dict[str, int] | None = None, provider: str = "Sandbox"
) -> str:
    """A fresh model on the stack's sandbox; its upstream model is its own name plus the script."""
    name = f"model-{os.getpid()}-{next(_number)}"
    upstream = name + script
    model = services.add_model(name=name, actor=None)
    services.set_price(book="sell", model=model, rates=rates or PER_TOKEN, actor=None)
    for protocol in protocols:
        services.set_route(
            model=model,
            provider=Provider.objects.get(name=provider),
            protocol=protocol,
            upstream_model=upstream,
            actor=None,
        )
    return name


def price(counts: Counts, rates: dict[str, int] | None = None) -> int:
    """Nano-USD that these counters cost."""
    units = {
        "input": counts.input,
        "cache_read": counts.cache_read,
        "cache_write_5m": counts.cache_write_5m,
        "cache_write_1h": counts.cache_write_1h,
        "output": counts.output,
        "images": counts.images,
        "seconds": counts.seconds,
        "characters": counts.characters,
        "calls": 1,
    }
    return amount(units, rates or PER_TOKEN)
