"""Stacked bars, drawn here and nowhere else."""

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from portal.kit.charts import Series, StackedBars, grid_lines, ticks

DAYS = ["1 May", "2 May", "3 May"]


def bars(*values: list[int]) -> StackedBars:
    series = [Series(f"model {n}", column, f"s{n}") for n, column in enumerate(values)]
    return StackedBars(DAYS, DAYS, series, str)


def pieces(svg: str) -> list[dict[str, str]]:
    drawn = ElementTree.fromstring(svg)  # noqa: S314 - drawn by us
    return [rect.attrib for rect in drawn.iter("rect") if rect.attrib["class"] != "slot"]


def test_it_works() -> None:
    drawn = pieces(bars([10, 0, 5], [10, 20, 0]).plot)
    assert [piece["class"] for piece in drawn] == ["s0", "s1", "s1", "s0"]


def test_heights_are_in_proportion() -> None:
    heights = [int(piece["height"]) for piece in pieces(bars([10, 20, 5]).plot)]
    assert heights[1] == 2 * heights[0] == 4 * heights[2]


def test_pieces_stand_on_each_other() -> None:
    lower, upper = pieces(bars([10, 0, 0], [30, 0, 0]).plot)
    assert int(upper["y"]) + int(upper["height"]) == int(lower["y"])


def test_what_is_there_can_be_seen() -> None:
    assert {int(piece["height"]) for piece in pieces(bars([1, 10**9, 0]).plot)} >= {1}


def test_a_bar_says_what_it_shows() -> None:
    assert "<title>1 May: 30\nmodel 0: 10\nmodel 1: 20</title>" in bars([10, 0, 0], [20, 0, 0]).plot


def test_names_are_escaped() -> None:
    chart = StackedBars(["<b>"], [""], [Series("<script>", [1], "s0")], str)
    assert "<script>" not in chart.plot
    assert "<b>" not in chart.plot


def test_it_is_a_table_too() -> None:
    assert bars([1, 2, 3], [4, 5, 6]).rows[1] == ("2 May", ["2", "5"], "7")


def test_it_needs_no_inline_style() -> None:
    chart = bars([1, 2, 3])
    assert "style=" not in chart.plot + chart.axis


def test_nothing_is_nothing() -> None:
    assert bars([0, 0, 0]).is_empty
    assert not pieces(bars([0, 0, 0]).plot)


def test_the_axis_names_every_line() -> None:
    assert re.findall(r">(\d+)</text>", bars([7, 0, 0]).axis) == ["0", "2", "4", "6", "8"]


def test_the_last_day_is_always_named() -> None:
    assert ticks(["a", "b", "c", "d", "e"], most=2) == ["", "b", "", "", "e"]


@given(st.integers(min_value=0, max_value=2**63))
def test_the_grid_holds_the_largest_value(largest: int) -> None:
    lines = grid_lines(largest)
    assert lines[-1] >= largest
    assert 2 <= len(lines) <= 5
    assert largest < 2 or lines[-1] - lines[1] < largest
