"""Errors as Anthropic's clients know them."""

import msgspec
import pytest

from proxyapp.errors import Problem
from proxyapp.protocols.anthropic import CODEC
from tests.proxyapp.protocols.asking import PROBLEM, TRACE, ask, failure

CALL = ask(CODEC, {"model": "m", "max_tokens": 9, "stream": True, "messages": []})


def test_it_works() -> None:
    status, body = failure(CODEC, PROBLEM)
    assert status == 429
    assert body == {
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": f"Too many requests. (trace_id: {TRACE})",
            "code": "rate_limited",
            "hint": "Wait a little.",
            "docs_url": "/docs/errors#rate_limited",
            "details": {"limit": "rpm", "most": 60},
        },
        "request_id": TRACE,
        "trace_id": TRACE,
    }


@pytest.mark.parametrize(
    ("status", "code", "shown", "kind"),
    [
        (400, "x", 400, "invalid_request_error"),
        (401, "x", 401, "authentication_error"),
        (402, "x", 402, "billing_error"),
        (403, "x", 403, "permission_error"),
        (404, "x", 404, "not_found_error"),
        (405, "x", 405, "invalid_request_error"),
        (413, "x", 413, "request_too_large"),
        (429, "x", 429, "rate_limit_error"),
        (500, "x", 500, "api_error"),
        (502, "x", 502, "api_error"),
        (503, "not_ready", 503, "api_error"),
        (503, "upstream_overloaded", 529, "overloaded_error"),
        (504, "x", 504, "timeout_error"),
    ],
)
def test_the_type_follows_the_status(status: int, code: str, shown: int, kind: str) -> None:
    found, body = failure(CODEC, Problem(status=status, code=code, message="m"))
    assert (found, body["error"]["type"]) == (shown, kind)


def test_a_stream_ends_with_an_error_event() -> None:
    event = CODEC.fail_stream(PROBLEM, TRACE, CALL)
    assert event.startswith(b"\n\nevent: error\ndata: ")
    assert event.endswith(b"\n\n")
    data = msgspec.json.decode(event.partition(b"data: ")[2])
    assert data == failure(CODEC, PROBLEM)[1]


def test_our_own_error_event_reads_as_a_failure() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(b'data: {"type":"content_bl' + CODEC.fail_stream(PROBLEM, TRACE, CALL))
    assert reading.failure.startswith("Too many requests.")


def test_the_refusal_of_a_provider() -> None:
    words = "prompt is too long: 9 tokens > 8 maximum"
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    assert CODEC.refusal(400, msgspec.json.encode(body)) == words
