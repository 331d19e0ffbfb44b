"""The list of the latest calls on /usage."""

import re

from portal.accounts.models import User
from portal.keys.models import ApiKey
from proxyapp.usage import TokenUsage
from tests.billing.given import drained
from tests.billing.reports.used import call, failed
from tests.support.pages import signed_in, source, words


def listed(alice: User) -> str:
    return words(signed_in(alice).get("/usage")).rpartition("Latest calls")[2]


def test_it_works(alice: User, laptop: ApiKey, model: str) -> None:
    usage = TokenUsage(input=90, cache_read=7, cache_write_5m=10, output=20)
    drained(call(laptop, model, usage=usage, charged=1_234_500, latency_ms=1_250))
    row = listed(alice)
    assert f"{model} Test key Anthropic 200 100 7 20 $0.0012345 00 1.25 s" in row


def test_the_trace_id_can_be_copied(alice: User, laptop: ApiKey, model: str) -> None:
    event = call(laptop, model)
    drained(event)
    assert f'data-copy="{event.call_id}"' in source(signed_in(alice).get("/usage"))


def test_a_failed_call_looks_failed(alice: User, laptop: ApiKey, model: str) -> None:
    drained(failed(laptop, model))
    page = source(signed_in(alice).get("/usage"))
    assert re.search(r'badge-wrong">502 upstream_failed<', page)


def test_a_call_whose_client_left_did_not_fail(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, outcome="client_left"))
    page = source(signed_in(alice).get("/usage"))
    assert "left early" in page
    assert "badge-wrong" not in page


def test_a_guess_is_called_one(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, source="estimated"))
    assert "200 estimated" in listed(alice)


def test_there_are_fifty_and_the_newest_is_first(alice: User, laptop: ApiKey, model: str) -> None:
    drained(*(call(laptop, model, days_ago=1) for _ in range(50)), call(laptop, model, status=201))
    row = listed(alice)
    assert row.count(" Test key Anthropic ") == 50
    assert row.index(" 201 ") < row.index(" 200 ")


def test_media_says_what_it_made(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, protocol="media_v3", usage=TokenUsage(images=2)))
    assert f"{model} Test key Media 200 0 0 2 images" in listed(alice)


def test_a_refund_has_a_line_of_its_own(alice: User, laptop: ApiKey, model: str) -> None:
    made = call(laptop, model, usage=TokenUsage(seconds=5))
    back = TokenUsage(seconds=-5, calls=-1)
    amounts = {"amount": -made.amount, "charged": -made.charged, "cost": -made.cost}
    drained(made, call(laptop, model, usage=back, adjusts=made.call_id, attempts=(), **amounts))
    assert "Refund 0 0 -5 s −$" in listed(alice)
