"""What an order comes to in units, as the known providers' clients write it."""

from typing import Any

import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.media.units import ordered
from proxyapp.usage import TokenUsage


def units(body: dict[str, Any], *meters: str) -> TokenUsage:
    return ordered(body, dict.fromkeys(meters, 1))


def test_it_works() -> None:
    assert units({"prompt": "x", "n": 4}, "images") == TokenUsage(images=4)


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ({}, 1),
        ({"num_images": "3"}, 3),
        ({"max_images": 2, "n": 5}, 5),
        ({"parameters": {"n": 2}}, 2),
        ({"request": {"image_num": 4}}, 4),
    ],
)
def test_images(body: dict[str, Any], images: int) -> None:
    assert units(body, "images").images == images


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"duration": 5}, 5),
        ({"duration": "10"}, 10),
        ({"duration_seconds": 7.2}, 8),
        ({"parameters": {"duration": 5}}, 5),
        ({"duration": 5, "sample_count": 2}, 10),
    ],
)
def test_seconds(body: dict[str, Any], seconds: int) -> None:
    assert units(body, "seconds").seconds == seconds


@pytest.mark.parametrize("body", [{"text": "Grüße"}, {"input": "Hello"}, {"prompt": "12345"}])
def test_characters(body: dict[str, Any]) -> None:
    assert units(body, "characters").characters == 5


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x", "input": "Hello, world"},
        {"text": "x", "prompt": "Hello, world"},
        {"text": "x", "input": {"text": "Hello, world"}},
    ],
)
def test_the_longest_of_several_texts_counts(body: dict[str, Any]) -> None:
    """Else a word beside the text would be all that is paid for."""
    assert units(body, "characters").characters == 12


def test_only_what_is_priced_is_counted() -> None:
    assert units({"n": 4, "duration": "auto", "text": "x"}, "calls") == TokenUsage(calls=1)


def test_what_only_the_provider_prices_is_counted_where_it_is_known() -> None:
    priced = {"calls": 1}, {"seconds": 1, "characters": 1}
    assert ordered({"duration": 5, "text": "Hi"}, *priced) == TokenUsage(seconds=5, characters=2)
    assert ordered({}, *priced) == TokenUsage()


@pytest.mark.parametrize("value", [0, -1, "many", True, [], 1e9, float("inf")])
def test_what_is_no_count_is_refused_by_its_path(value: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        units({"parameters": {"duration": value}}, "seconds")
    assert refused.value.problem.details["param"] == "parameters.duration"
