"""How figures are written for people: digits that are shown are digits that are there, nothing is rounded."""

from proxyapp.money import NANO_PER_USD, PPM, format_usd

MINUS = "−"
_CENT = NANO_PER_USD // 100


def short_usd(nano: int) -> str:
    """Dollars and whole cents of an amount in nano-USD, cut, not rounded; ``<$0.01`` for less."""
    sign, size = (MINUS if nano < 0 else ""), abs(nano)
    if 0 < size < _CENT:
        return f"{sign}<$0.01"
    whole, cents = divmod(size // _CENT, 100)
    return f"{sign}${whole:,}.{cents:02d}"


def exact_usd(nano: int) -> str:
    """Every digit of an amount in nano-USD."""
    whole, _, fraction = format_usd(abs(nano)).partition(".")
    return f"{MINUS if nano < 0 else ''}${int(whole):,}.{fraction}"


def signed_usd(nano: int) -> str:
    """Every digit, and always a sign."""
    return exact_usd(nano) if nano <= 0 else f"+{exact_usd(nano)}"


def per_million(pico: int, multiplier_ppm: int = PPM) -> str:
    """A rate in pico-USD per unit, times the multiplier, as dollars per million units."""
    return _dollars(pico * multiplier_ppm, 12)


def per_unit(pico: int, multiplier_ppm: int = PPM) -> str:
    """A rate in pico-USD per unit, times the multiplier, as dollars per unit."""
    return _dollars(pico * multiplier_ppm, 18)


def compact(number: int) -> str:
    """Three digits and a unit, cut and not rounded: 1,234,567 is ``1.23M``."""
    for size, unit, least in ((10**12, "T", 1), (10**9, "B", 1), (10**6, "M", 1), (10**3, "K", 10)):
        if number >= size * least:
            whole, rest = divmod(number, size)
            fraction = f"{rest * 100 // size:02d}"[: max(0, 3 - len(str(whole)))]
            return f"{whole}.{fraction}{unit}" if fraction else f"{whole}{unit}"
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; a dash where there is nothing to have a share of."""
    if not whole:
        return "–"
    permille = part * 1_000 // whole
    if part and not permille:
        return "<0.1%"
    return f"{permille // 10}.{permille % 10}%"


def duration(milliseconds: int | None) -> str:
    """``840 ms``, ``1.24 s``, ``12.4 s``; a dash where nothing was measured."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 10_000:
        return f"{milliseconds // 1_000}.{milliseconds % 1_000 // 10:02d} s"
    return f"{milliseconds // 1_000:,}.{milliseconds % 1_000 // 100} s"


def _dollars(number: int, places: int) -> str:
    whole, fraction = divmod(number, 10**places)
    return f"${whole:,}.{f'{fraction:0{places}d}'.rstrip('0').ljust(2, '0')}"
