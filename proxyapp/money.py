"""Integer money: rates in pico-USD per unit, amounts in nano-USD. No float ever touches either.

A pico-USD rate holds every list price in use exactly (the finest are twelve decimals of a dollar per
token); a nano-USD BIGINT holds nine billion dollars. An amount is rounded once, half to even, after the
whole call has been summed and multiplied.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

NANO_PER_USD = 1_000_000_000
PPM = 1_000_000
_PICO_PER_USD = 1_000_000_000_000
_PICO_PER_NANO = 1_000
_LARGEST_NANO = 2**63 - 1


def rate_per_million(usd: Decimal) -> int:
    """Pico-USD per unit for a list price in USD per million units; ValueError if it is finer or negative."""
    return _exact(usd, _PICO_PER_USD // 1_000_000, "USD per million units")


def rate_per_unit(usd: Decimal) -> int:
    """Pico-USD per unit for a list price in USD per single unit, such as a call."""
    return _exact(usd, _PICO_PER_USD, "USD per unit")


def nano_from_usd(usd: Decimal) -> int:
    """Nano-USD for an amount in USD; ValueError if it is finer than a nano-dollar, negative or not finite."""
    return _exact(usd, NANO_PER_USD, "USD")


def parse_usd(text: str) -> int:
    """Nano-USD for a decimal string of USD, such as ``"12.50"``."""
    try:
        return nano_from_usd(Decimal(text.strip()))
    except InvalidOperation:
        raise ValueError(f"not an amount in USD: {text!r}") from None


def format_usd(nano: int) -> str:
    """The exact decimal string of an amount: at least two decimals, no rounding, no exponent."""
    sign = "-" if nano < 0 else ""
    whole, fraction = divmod(abs(nano), NANO_PER_USD)
    digits = f"{fraction:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def list_price(rate: int, units: int = 1_000_000, multiplier_ppm: int = PPM) -> str:
    """The exact decimal string of USD for so many units at a pico-USD `rate`, without trailing zeros."""
    usd = Decimal(rate * units * multiplier_ppm).scaleb(-18)
    return f"{usd:f}".rstrip("0").rstrip(".") if usd else "0"


def amount(units: Mapping[str, int], rates: Mapping[str, int], multiplier_ppm: int = PPM) -> int:
    """Nano-USD for `units` of each meter at pico-USD `rates`, times `multiplier_ppm`, rounded half-even once.

    A meter with units but no rate is a KeyError: nothing is free by omission.
    """
    return rounded(sum(count * rates[meter] for meter, count in units.items() if count), multiplier_ppm)


def rounded(pico: int, multiplier_ppm: int = PPM) -> int:
    """Nano-USD for pico-USD times `multiplier_ppm`, rounded half-even."""
    return divide_half_even(pico * multiplier_ppm, _PICO_PER_NANO * PPM)


def divide_half_even(numerator: int, denominator: int) -> int:
    """The integer nearest to the quotient; a tie goes to the even neighbour."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient


def _exact(usd: Decimal, factor: int, what: str) -> int:
    if not usd.is_finite() or usd < 0:
        raise ValueError(f"{what} must be a finite amount of zero or more, not {usd}")
    scaled = usd * factor
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{usd} {what} is finer than can be booked exactly")
    if scaled > _LARGEST_NANO:
        raise ValueError(f"{usd} {what} is larger than can be booked")
    return int(scaled)
