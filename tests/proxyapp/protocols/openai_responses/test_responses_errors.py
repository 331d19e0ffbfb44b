"""Errors that keep the clients of the Responses API calm."""

import msgspec

from proxyapp.errors import OutOfCredit, Problem
from proxyapp.protocols.openai_responses import CODEC
from tests.proxyapp.protocols.asking import PROBLEM, TRACE, ask, failure

CALL = ask(CODEC, {"model": "m", "input": "hi", "stream": True})


def test_it_works() -> None:
    status, body = failure(CODEC, PROBLEM)
    assert (status, body["error"]["code"]) == (429, "rate_limited")
    assert body["error"]["message"] == f"Too many requests. (trace_id: {TRACE})"


def test_spent_money_is_429_with_the_code_that_codex_obeys() -> None:
    problem = OutOfCredit("The wallet is empty.", hint="Top up.", wallet="0.00").problem
    status, body = failure(CODEC, problem)
    assert status == 429
    assert body["error"]["code"] == body["error"]["type"] == "insufficient_quota"
    assert body["error"]["reason"] == "insufficient_credit"


def test_away_is_an_overloaded_server() -> None:
    status, body = failure(CODEC, Problem(status=503, code="not_ready", message="m"))
    assert (status, body["error"]["code"], body["error"]["reason"]) == (
        503,
        "server_is_overloaded",
        "not_ready",
    )


def test_a_stream_ends_with_response_failed() -> None:
    end = CODEC.fail_stream(PROBLEM, TRACE, CALL)
    assert end.startswith(b"\n\nevent: response.failed\ndata: ")
    assert end.endswith(b"\n\n")
    event = msgspec.json.decode(end.partition(b"data: ")[2])
    assert event["type"] == "response.failed"
    assert event["sequence_number"] > 0
    assert event["response"]["status"] == "failed"
    assert event["response"]["error"] == failure(CODEC, PROBLEM)[1]["error"]


def test_our_own_end_reads_as_a_failure() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(CODEC.fail_stream(PROBLEM, TRACE, CALL))
    assert reading.failure.startswith("Too many requests.")
    assert reading.finished
