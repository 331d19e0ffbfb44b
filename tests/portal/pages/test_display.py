"""Figures on pages: what is shown is there, and the rest is in the title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kit import display
from portal.kit.templatetags import tollgate
from proxyapp.money import NANO_PER_USD


def test_it_works() -> None:
    assert tollgate.usd(1_234_567_890) == '<span class="money" title="$1.23456789">$1.23</span>'


@pytest.mark.parametrize(
    ("nano", "short"),
    [
        (0, "$0.00"),
        (1, "<$0.01"),
        (9_999_999, "<$0.01"),
        (10_000_000, "$0.01"),
        (4_999_999_999, "$4.99"),
        (1_234_567_000_000_000, "$1,234,567.00"),
        (-1, "−<$0.01"),
        (-4_999_999_999, "−$4.99"),
    ],
)
def test_dollars_are_cut_and_never_rounded_up(nano: int, short: str) -> None:
    assert display.short_usd(nano) == short


def test_less_than_a_cent_is_escaped() -> None:
    assert "&lt;$0.01" in tollgate.usd(5)


@given(st.integers(min_value=-(2**63), max_value=2**63))
def test_what_is_shown_is_the_beginning_of_what_is_there(nano: int) -> None:
    short = display.short_usd(nano)
    assert "<" in short or display.exact_usd(nano).startswith(short)


@given(st.integers(min_value=0, max_value=2**63))
def test_the_exact_amount_has_every_digit(nano: int) -> None:
    whole, _, fraction = display.exact_usd(nano).lstrip("$").replace(",", "").partition(".")
    assert int(whole) * NANO_PER_USD + int(fraction.ljust(9, "0")) == nano


def test_a_column_has_its_points_below_each_other() -> None:
    column = [tollgate.usd_column(nano) for nano in (5, 1_500_000_000)]
    assert (
        column[0] == '<span class="money">$0.000000005<span class="zeros" aria-hidden="true"></span></span>'
    )
    assert (
        column[1] == '<span class="money">$1.50<span class="zeros" aria-hidden="true">0000000</span></span>'
    )


def test_a_statement_says_which_way() -> None:
    assert [display.signed_usd(nano) for nano in (5_000_000_000, 0, -1)] == [
        "+$5.00",
        "$0.00",
        "−$0.000000001",
    ]


def test_prices() -> None:
    assert display.per_million(3_000_000) == "$3.00"
    assert display.per_million(75_000) == "$0.075"
    assert display.per_million(3_000_000, 1_250_000) == "$3.75"
    assert display.per_unit(40_000_000_000) == "$0.04"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (12_345, "12.3K"),
        (1_239_999, "1.23M"),
        (123_456_789, "123M"),
        (10**12, "1.00T"),
    ],
)
def test_counts(number: int, text: str) -> None:
    assert display.compact(number) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "–"), (0, 5, "0.0%"), (1, 5_000, "<0.1%"), (1, 3, "33.3%"), (5, 5, "100.0%")],
)
def test_shares(part: int, whole: int, text: str) -> None:
    assert display.share(part, whole) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "–"), (840, "840 ms"), (1_249, "1.24 s"), (12_499, "12.4 s"), (1_234_500, "1,234.5 s")],
)
def test_durations(milliseconds: int | None, text: str) -> None:
    assert display.duration(milliseconds) == text
