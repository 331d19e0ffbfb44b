"""Errors as OpenAI's clients know them."""

import msgspec
import pytest

from proxyapp.errors import InvalidRequest, Problem
from proxyapp.protocols.openai_chat import CODEC
from tests.proxyapp.protocols.asking import PROBLEM, TRACE, ask, failure

CALL = ask(CODEC, {"model": "m", "messages": [], "stream": True})


def test_it_works() -> None:
    status, body = failure(CODEC, PROBLEM)
    assert status == 429
    assert body["error"] == {
        "message": f"Too many requests. (trace_id: {TRACE})",
        "type": "rate_limit_error",
        "param": None,
        "code": "rate_limited",
        "hint": "Wait a little.",
        "docs_url": "/docs/errors#rate_limited",
        "trace_id": TRACE,
        "details": {"limit": "rpm", "most": 60},
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "insufficient_quota"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (502, "server_error"),
        (503, "server_error"),
    ],
)
def test_the_type_follows_the_status(status: int, kind: str) -> None:
    found, body = failure(CODEC, Problem(status=status, code="c", message="m"))
    assert (found, body["error"]["type"]) == (status, kind)


def test_the_field_at_fault_is_named() -> None:
    problem = InvalidRequest("'n' must be a number.", param="n").problem
    assert failure(CODEC, problem)[1]["error"]["param"] == "n"
    assert "details" not in failure(CODEC, problem)[1]["error"]


def test_a_stream_ends_with_the_error_and_done() -> None:
    end = CODEC.fail_stream(PROBLEM, TRACE, CALL)
    assert end.startswith(b"\n\ndata: ")
    assert end.endswith(b"\n\ndata: [DONE]\n\n")
    chunk = msgspec.json.decode(end.split(b"\n\n")[1][6:])
    assert chunk["error"] == failure(CODEC, PROBLEM)[1]["error"]
    assert chunk["choices"][0]["finish_reason"] == "error"


def test_our_own_end_reads_as_a_failure() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(CODEC.fail_stream(PROBLEM, TRACE, CALL))
    assert reading.failure
    assert reading.finished
