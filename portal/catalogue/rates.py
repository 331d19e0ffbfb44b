"""Between the prices that people write and the rates that are stored.

People write USD per million tokens or characters, and USD per image, second or call; stored are pico-USD
per unit, one for every meter of `proxyapp.usage.METERS`, so that nothing is free by omission.
"""

from collections.abc import Mapping
from decimal import Decimal

from proxyapp import money
from proxyapp.usage import METERS

PER_UNIT = {"per_image": "images", "per_second": "seconds", "per_call": "calls"}
"""Fields in USD per single unit, and the meter that each is for."""
PER_MILLION = tuple(meter for meter in METERS if meter not in PER_UNIT.values())
FIELDS = (*PER_MILLION, *PER_UNIT)
"""What a price may name; the meters of `PER_MILLION` in USD per million of their units."""

TOKENS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")

_SENT = tuple(meter for meter in TOKENS if meter != "output")
_ALONE = ("characters", *PER_UNIT)
_UNITS_PER_PRICE = 1_000_000
_PICO_PER_USD = 10**12


class PriceRefused(ValueError):
    """A price that cannot be stored: `problems` says why, by field; under ``""`` what concerns it whole."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


def from_usd(usd: Mapping[str, Decimal]) -> dict[str, int]:
    """Rates for a price as people write it, by `FIELDS`.

    A price names `input` and `output`, or what may stand alone (per image, second, character or call), or
    both. A cache meter that it does not name costs what input costs: reading from a cache is never free by
    omission. PriceRefused names every problem.
    """
    problems = _missing(usd)
    rates = dict.fromkeys(METERS, 0)
    for field, amount in usd.items():
        try:
            rates[PER_UNIT.get(field, field)] = _rate(field, amount)
        except ValueError as error:
            problems[field] = str(error)
    if problems:
        raise PriceRefused(problems)
    return rates | {meter: rates["input"] for meter in _SENT if meter not in usd}


def to_usd(rates: Mapping[str, int]) -> dict[str, Decimal]:
    """The other way: exact amounts by `FIELDS`."""
    every = complete(rates)
    usd = {meter: Decimal(every[meter]) / _UNITS_PER_PRICE for meter in PER_MILLION}
    return usd | {field: Decimal(every[meter]) / _PICO_PER_USD for field, meter in PER_UNIT.items()}


def complete(rates: Mapping[str, int]) -> dict[str, int]:
    """Stored rates with every meter: a version that is older than a meter asks nothing for it."""
    return dict.fromkeys(METERS, 0) | dict(rates)


def text(rates: Mapping[str, int]) -> str:
    """What is not zero, for people: ``input 3, output 15``."""
    return ", ".join(f"{field} {amount:f}" for field, amount in to_usd(rates).items() if amount) or "free"


def _missing(usd: Mapping[str, Decimal]) -> dict[str, str]:
    if not usd:
        return {"": f"names no price: give input and output, or one of {', '.join(_ALONE)}"}
    if set(usd) <= set(_ALONE):
        return {}
    return {
        field: "is missing: tokens of this kind would be free"
        for field in ("input", "output")
        if field not in usd
    }


def _rate(field: str, amount: Decimal) -> int:
    return money.rate_per_unit(amount) if field in PER_UNIT else money.rate_per_million(amount)
