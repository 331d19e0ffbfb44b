"""Between the prices that people write and the rates that are stored.

People write USD per million tokens and USD per call; stored are pico-USD per unit, one for every meter of
`proxyapp.usage.METERS`, so that nothing is free by omission.
"""

from collections.abc import Mapping
from decimal import Decimal

from proxyapp import money
from proxyapp.usage import METERS

PER_CALL = "per_call"
TOKENS = tuple(meter for meter in METERS if meter != "calls")
FIELDS = (*TOKENS, PER_CALL)
"""What a price may name: tokens in USD per million, `per_call` in USD per call."""

_SENT = tuple(meter for meter in TOKENS if meter != "output")
_TOKENS_PER_PRICE = 1_000_000
_PICO_PER_USD = 10**12


class PriceRefused(ValueError):
    """A price that cannot be stored: `problems` says why, by field; under ``""`` what concerns it whole."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = problems


def from_usd(usd: Mapping[str, Decimal]) -> dict[str, int]:
    """Rates for a price as people write it, by `FIELDS`.

    A price names `input` and `output`, or `per_call`, or all three. A cache meter that it does not name costs
    what input costs: reading from a cache is never free by omission. PriceRefused names every problem.
    """
    problems = _missing(usd)
    rates = dict.fromkeys(METERS, 0)
    for field, amount in usd.items():
        try:
            rates["calls" if field == PER_CALL else field] = _rate(field, amount)
        except ValueError as error:
            problems[field] = str(error)
    if problems:
        raise PriceRefused(problems)
    return rates | {meter: rates["input"] for meter in _SENT if meter not in usd}


def to_usd(rates: Mapping[str, int]) -> dict[str, Decimal]:
    """The other way: exact amounts by `FIELDS`."""
    tokens = {meter: Decimal(rates[meter]) / _TOKENS_PER_PRICE for meter in TOKENS}
    return tokens | {PER_CALL: Decimal(rates["calls"]) / _PICO_PER_USD}


def text(rates: Mapping[str, int]) -> str:
    """What is not zero, for people: ``input 3, output 15``."""
    return ", ".join(f"{field} {amount:f}" for field, amount in to_usd(rates).items() if amount) or "free"


def _missing(usd: Mapping[str, Decimal]) -> dict[str, str]:
    if not usd:
        return {"": "names no price: give input and output, or per_call"}
    if set(usd) == {PER_CALL}:
        return {}
    return {
        field: "is missing: tokens of this kind would be free"
        for field in ("input", "output")
        if field not in usd
    }


def _rate(field: str, amount: Decimal) -> int:
    return money.rate_per_unit(amount) if field == PER_CALL else money.rate_per_million(amount)
