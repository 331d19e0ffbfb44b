"""What a call can cost at most, and what a given credit buys of it."""

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxyapp.errors import Forbidden, InvalidRequest
from proxyapp.metering import BYTES_PER_TOKEN_AT_LEAST, Terms, refuse_unbounded, terms
from proxyapp.protocols.base import Call
from proxyapp.snapshot import Catalogue, KeyFacts, ModelFacts, PriceFacts
from proxyapp.usage import METERS, TokenUsage

RATE = st.integers(0, 10**9)
PRICES = st.fixed_dictionaries(dict.fromkeys(METERS, RATE))
SIZE, ANSWERS = st.integers(0, 10_000), st.integers(1, 8)
MULTIPLIER = st.integers(0, 10_000_000)
KEY = KeyFacts(key_id=1, organization_id=1, user_id=1)


def call(size: int = 0, answers: int = 1, media: int = 0, unbounded: str = "") -> Call:
    return Call(
        protocol="anthropic",
        model="m",
        body=b"x" * size,
        answers=answers,
        remote_media=media,
        unbounded=unbounded,
    )


def model(prices: dict[int, PriceFacts]) -> ModelFacts:
    return ModelFacts(1, "m", 1000, 1000, 0, prices, ())


def price(rate: int = 0, **rates: int) -> PriceFacts:
    return PriceFacts(rate, dict.fromkeys(METERS, 0) | rates)


def test_it_works() -> None:
    found = Terms(price(input=2_000_000, cache_write_1h=4_000_000, output=8_000_000), 1_000_000)
    assert found.worst_case(call(size=1000), 100) == 500 * 4_000 + 100 * 8_000  # the dearest input rate


@given(PRICES, MULTIPLIER, SIZE, ANSWERS, st.integers(0, 10**13))
def test_what_is_affordable_is_affordable_and_the_most(
    rates: dict[str, int], multiplier: int, size: int, answers: int, free: int
) -> None:
    found, asked = Terms(PriceFacts(1, rates), multiplier), call(size, answers)
    ceiling = found.affordable(asked, free)
    assume(ceiling > 0)
    assert found.worst_case(asked, ceiling) <= free < found.worst_case(asked, ceiling + 1)


@given(PRICES, MULTIPLIER, SIZE, st.integers(0, 10**13))
def test_nothing_is_affordable_only_where_one_token_is_too_dear_or_output_is_free(
    rates: dict[str, int], multiplier: int, size: int, free: int
) -> None:
    found, asked = Terms(PriceFacts(1, rates), multiplier), call(size)
    if found.affordable(asked, free) == 0:
        assert found.worst_case(asked, 1) > free or found.worst_case(asked, 2**31) <= free


@given(PRICES, MULTIPLIER, SIZE, ANSWERS, st.integers(0, 10_000), st.data())
def test_no_answer_within_its_bounds_costs_more_than_the_worst_case(
    rates: dict[str, int], multiplier: int, size: int, answers: int, ceiling: int, data: st.DataObject
) -> None:
    """However the input is divided among the meters."""
    found = Terms(PriceFacts(1, rates), multiplier)
    tokens = -(-size // BYTES_PER_TOKEN_AT_LEAST)
    cuts = sorted(data.draw(st.lists(st.integers(0, tokens), min_size=3, max_size=3)))
    usage = TokenUsage(
        input=cuts[0],
        cache_read=cuts[1] - cuts[0],
        cache_write_5m=cuts[2] - cuts[1],
        cache_write_1h=tokens - cuts[2],
        output=data.draw(st.integers(0, ceiling)) * answers,
    )
    assert found.amount(usage) <= found.worst_case(call(size, answers), ceiling)


@given(PRICES, SIZE, st.integers(0, 10_000))
def test_what_is_expected_never_exceeds_the_worst_case(
    rates: dict[str, int], size: int, ceiling: int
) -> None:
    found = Terms(PriceFacts(1, rates), 1_000_000)
    assert found.expected(call(size), ceiling) <= found.worst_case(call(size), ceiling)


def test_a_linked_image_is_held_for() -> None:
    found = Terms(price(input=1_000_000), 1_000_000)
    assert found.worst_case(call(media=2), 0) == 40_000 * 1_000


def test_a_group_without_a_price_of_its_own_pays_the_base_price_times_its_multiplier() -> None:
    catalogue = Catalogue("v", {}, {5: 500_000})
    found = terms(catalogue, model({0: price(7, calls=1_000)}), KeyFacts(1, 1, 1, price_group_id=5))
    assert (found.sell.price_id, found.multiplier_ppm) == (7, 500_000)


def test_a_group_with_a_price_of_its_own_pays_that() -> None:
    catalogue = Catalogue("v", {}, {5: 1_000_000})
    found = terms(catalogue, model({0: price(7), 5: price(8)}), KeyFacts(1, 1, 1, price_group_id=5))
    assert found.sell.price_id == 8


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(Forbidden, match="no price"):
        terms(Catalogue("v", {}, {}), model({}), KEY)


def test_an_input_of_unknown_size_is_refused_by_name() -> None:
    refuse_unbounded(call())
    with pytest.raises(InvalidRequest, match="file_id"):
        refuse_unbounded(call(unbounded="file_id"))


@pytest.mark.parametrize("meter", ["images", "seconds", "characters"])
def test_units_that_are_no_tokens_are_held_for(meter: str) -> None:
    found = Terms(price(**{meter: 5_000}), 1_000_000)
    for asked in (
        msgspec.structs.replace(call(), bounds={meter: 7}),
        msgspec.structs.replace(call(), said={meter: 7}),
    ):
        assert found.worst_case(asked, 100) == 7 * 5


def test_a_bound_of_the_input_takes_the_place_of_the_bytes() -> None:
    found = Terms(price(input=1_000), 1_000_000)
    assert found.worst_case(msgspec.structs.replace(call(size=1_000_000), bounds={"input": 9}), 0) == 9


def test_what_a_stored_response_adds_is_held_for() -> None:
    found = Terms(price(input=1_000), 1_000_000)
    assert found.worst_case(msgspec.structs.replace(call(size=10), prior=100), 0) == 105


@pytest.mark.parametrize(
    ("rates", "by_tokens"), [({"images": 1, "calls": 1}, False), ({"output": 1}, True), ({}, False)]
)
def test_whether_tokens_cost_something(rates: dict[str, int], by_tokens: bool) -> None:
    assert Terms(price(**rates), 1_000_000).by_tokens is by_tokens
