"""Which models the examples of the pages call: those that speak, the cheapest first."""

from portal.catalogue import pricelist
from tests.support import media
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack


def test_it_works(stack: Stack) -> None:
    cheap, dear = (offer("anthropic", rates=PER_TOKEN | {"output": rate}) for rate in (1, 10**9))
    names = pricelist.names_by_price()
    assert names.index(cheap) < names.index(dear)


def test_media_is_none_of_them(stack: Stack) -> None:
    model = media.offer()
    assert model not in pricelist.names_by_price()
    assert model in {listed.name for listed in pricelist.callable_models()}


def test_media_has_a_price_per_unit_and_none_per_token(stack: Stack) -> None:
    model = media.offer(meter="seconds")
    (found,) = [listed for listed in pricelist.offers() if listed.name == model]
    assert (found.prices, found.units) == ({}, {"per_second": "$0.04"})


def test_models_that_answer_with_something_else_come_last(stack: Stack) -> None:
    vectors = offer("openai_chat", rates=PER_TOKEN | {"output": 0})
    picture = offer("openai_chat", rates=dict.fromkeys(PER_TOKEN, 0) | {"images": 40_000_000_000})
    speaking = offer("openai_chat")
    names = pricelist.names_by_price()
    assert names.index(speaking) < min(names.index(vectors), names.index(picture))
