"""Counters are believed with care."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from proxyapp.protocols.counting import MOST, Lie, counter, disjoint_input, fuller, report_in, text_size
from proxyapp.usage import TokenUsage


def test_it_works() -> None:
    assert counter({"a": 5}, "a") == 5
    assert counter({"a": 0}, "a") == 0
    assert counter({"a": None}, "a") is None
    assert counter({}, "a") is None


@pytest.mark.parametrize("value", [-1, MOST + 1, 2**70, 1.5, 1.0, "5", True, [], {}])
def test_what_cannot_be_a_count_is_a_lie(value: Any) -> None:
    with pytest.raises(Lie):
        counter({"a": value}, "a")


@pytest.mark.parametrize("value", ["lots", 5, [], True])
def test_what_is_no_report_is_a_lie(value: Any) -> None:
    with pytest.raises(Lie):
        report_in(value)


@pytest.mark.parametrize(
    ("prompt", "cached", "written", "fresh"),
    [(1890, 567, 89, 1234), (100, 0, 0, 100), (100, 100, 0, 0), (100, 150, 0, 100), (100, 60, 60, 40)],
)
def test_the_uncached_rest(prompt: int, cached: int, written: int, fresh: int) -> None:
    assert disjoint_input(prompt, cached, written) == fresh


def test_two_reports_are_joined_by_sides() -> None:
    early = TokenUsage(input=100, output=9, reasoning=2)
    late = TokenUsage(input=40, cache_read=60, output=5)
    assert fuller(None, early) == early
    assert fuller(early, late) == TokenUsage(input=40, cache_read=60, output=9, reasoning=2)
    assert fuller(late, early) == early


@pytest.mark.parametrize("text", ["", "a", "é世\U0001f600", 'a"b\\c\n\t/', "\x00\x1f\x7f", "\\u0041"])
def test_the_size_of_a_text_is_that_of_its_utf8(text: str) -> None:
    assert text_size(Raw(msgspec.json.encode(text))) == len(text.encode())


def test_the_size_of_other_values() -> None:
    assert text_size(Raw()) == 0
    assert text_size(Raw(b"null")) == 0
    assert text_size(Raw(b'{"a":1}')) == 7
    assert text_size(Raw(b'"\xff\\n"')) == 3
