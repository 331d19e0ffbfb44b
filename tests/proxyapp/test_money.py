"""Amounts are exact: integers throughout, rounded once, half to even."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp import money

UNITS = st.integers(0, 10**10)
RATES = st.integers(0, 10**12)
NANO = st.integers(-(2**63), 2**63 - 1)


def exactly(pico: Decimal) -> int:
    """Nano-USD of pico-USD, as decimal arithmetic rounds them."""
    with localcontext(prec=100):
        return int((pico / 1000).quantize(Decimal(1), ROUND_HALF_EVEN))


def test_it_works() -> None:
    units = {"input": 1_000, "output": 200}
    rates = {"input": 3_000_000, "output": 15_000_000}
    assert money.amount(units, rates) == 6_000_000


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**15))
def test_division_rounds_half_to_even(numerator: int, denominator: int) -> None:
    with localcontext(prec=200):
        expected = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert money.divide_half_even(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("pico", "nano"), [(499, 0), (500, 0), (501, 1), (1499, 1), (1500, 2), (2500, 2), (2501, 3)]
)
def test_ties_go_to_the_even_neighbour(pico: int, nano: int) -> None:
    assert money.amount({"calls": 1}, {"calls": pico}) == nano


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(UNITS, RATES)), st.integers(0, 10**8))
def test_an_amount_is_summed_multiplied_and_rounded_once(
    meters: dict[str, tuple[int, int]], ppm: int
) -> None:
    units = {name: count for name, (count, _) in meters.items()}
    rates = {name: rate for name, (_, rate) in meters.items()}
    with localcontext(prec=100):
        pico = sum((Decimal(units[name]) * rates[name] for name in meters), Decimal()) * ppm / 10**6
        expected = exactly(pico)
    assert money.amount(units, rates, ppm) == expected


def test_a_meter_without_a_rate_is_never_free() -> None:
    with pytest.raises(KeyError):
        money.amount({"input": 1}, {"output": 5})


def test_a_meter_without_units_needs_no_rate() -> None:
    assert money.amount({"input": 0}, {}) == 0


@given(NANO)
def test_what_is_written_is_read_back(nano: int) -> None:
    text = money.format_usd(abs(nano))
    if abs(nano) < 2**63:
        assert money.parse_usd(text) == abs(nano)
    assert Decimal(money.format_usd(nano)) * money.NANO_PER_USD == nano


@given(NANO)
def test_it_is_written_plainly(nano: int) -> None:
    whole, _, fraction = money.format_usd(nano).partition(".")
    assert 2 <= len(fraction) <= 9
    assert (whole.removeprefix("-") + fraction).isdecimal()


@pytest.mark.parametrize(
    ("nano", "text"), [(0, "0.00"), (1, "0.000000001"), (-1, "-0.000000001"), (12_500_000_000, "12.50")]
)
def test_how_amounts_look(nano: int, text: str) -> None:
    assert money.format_usd(nano) == text


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "NaN", "Infinity", "0.0000000001", "1e30", "1,5", "9223372037"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        money.parse_usd(text)


@given(st.decimals(0, 10**6, places=6))
def test_a_list_price_is_held_exactly(usd: Decimal) -> None:
    assert Decimal(money.rate_per_million(usd)) / 10**6 == usd
    assert Decimal(money.rate_per_unit(usd)) / 10**12 == usd


@given(st.decimals(0, 10**6, places=6))
def test_a_list_price_is_told_as_it_was_set(usd: Decimal) -> None:
    assert Decimal(money.list_price(money.rate_per_million(usd))) == usd


@pytest.mark.parametrize(
    ("rate", "multiplier", "text"),
    [
        (3_000_000, 10**6, "3"),
        (300_000, 10**6, "0.3"),
        (3_000_000, 850_000, "2.55"),
        (1, 1, "0.000000000001"),
    ],
)
def test_how_list_prices_look(rate: int, multiplier: int, text: str) -> None:
    assert money.list_price(rate, multiplier_ppm=multiplier) == text


def test_a_price_too_fine_is_refused() -> None:
    with pytest.raises(ValueError, match="finer"):
        money.rate_per_million(Decimal("0.0000001"))
