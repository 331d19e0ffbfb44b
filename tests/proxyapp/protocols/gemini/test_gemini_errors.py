"""Errors as Google's clients know them."""

import msgspec
import pytest

from proxyapp.errors import Problem
from proxyapp.protocols.gemini import CODEC
from tests.proxyapp.protocols.asking import PROBLEM, TRACE, ask, failure

EVENTS = ask(CODEC, {}, verb="streamGenerateContent", query="alt=sse")
ARRAY = ask(CODEC, {}, verb="streamGenerateContent")


def test_it_works() -> None:
    status, body = failure(CODEC, PROBLEM)
    assert status == 429
    assert body["error"] == {
        "code": 429,
        "message": f"Too many requests. (trace_id: {TRACE})",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMITED",
                "domain": "tollgate",
                "metadata": {
                    "trace_id": TRACE,
                    "hint": "Wait a little.",
                    "docs_url": "/docs/errors#rate_limited",
                    "limit": "rpm",
                    "most": "60",
                },
            },
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"},
        ],
    }


def test_without_a_time_to_wait_there_is_no_retry_info() -> None:
    body = failure(CODEC, Problem(status=404, code="model_not_found", message="m"))[1]
    assert len(body["error"]["details"]) == 1


def test_spent_credit_is_a_quota_that_no_waiting_fills() -> None:
    problem = Problem(status=402, code="budget_exceeded", message="m", details={"limit": "key_budget"})
    details = failure(CODEC, problem)[1]["error"]["details"]
    assert [detail["@type"].rpartition(".")[2] for detail in details] == ["ErrorInfo", "QuotaFailure"]
    violation = {"subject": "key_budget", "quotaId": "key_budget-spent", "description": "m"}
    assert details[1]["violations"] == [violation]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "INVALID_ARGUMENT"),
        (401, "UNAUTHENTICATED"),
        (402, "FAILED_PRECONDITION"),
        (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"),
        (413, "INVALID_ARGUMENT"),
        (500, "INTERNAL"),
        (502, "UNAVAILABLE"),
        (503, "UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"),
    ],
)
def test_the_name_follows_the_status(status: int, name: str) -> None:
    found, body = failure(CODEC, Problem(status=status, code="c", message="m"))
    assert (found, body["error"]["status"], body["error"]["code"]) == (status, name, status)


def test_a_stream_of_events_ends_with_an_error_event() -> None:
    end = CODEC.fail_stream(PROBLEM, TRACE, EVENTS)
    assert end.startswith(b"\r\n\r\ndata: ")
    assert end.endswith(b"\r\n\r\n")
    assert msgspec.json.decode(end.partition(b"data: ")[2]) == failure(CODEC, PROBLEM)[1]


def test_an_array_ends_with_an_error_element() -> None:
    whole = b'[{"candidates":[]}' + CODEC.fail_stream(PROBLEM, TRACE, ARRAY)
    assert msgspec.json.decode(whole)[1] == failure(CODEC, PROBLEM)[1]


@pytest.mark.parametrize("call", [EVENTS, ARRAY])
def test_our_own_end_reads_as_a_failure(call: object) -> None:
    reading = CODEC.watch(EVENTS if call is EVENTS else ARRAY)
    reading.feed(b"" if call is EVENTS else b'[{"candidates":[]}')
    reading.feed(CODEC.fail_stream(PROBLEM, TRACE, EVENTS if call is EVENTS else ARRAY))
    assert reading.failure.startswith("Too many requests.")
