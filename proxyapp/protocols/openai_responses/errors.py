"""Errors in the form of the Responses API, with the codes that keep its clients calm.

Codex repeats a 402 six times, but takes 429 with `insufficient_quota` and without Retry-After for an answer;
and it repeats a 503 less often where its code is `server_is_overloaded`.
"""

import time
from typing import Any

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call
from proxyapp.protocols.openai_skin import error_object
from proxyapp.protocols.sse import write_event

LATE_SEQUENCE_NUMBER = 1_000_000
"""Later than that of any event that has gone out: sequence numbers only have to rise."""

_CALM_CODES = {402: "insufficient_quota", 503: "server_is_overloaded"}


def write_failure(problem: Problem, trace_id: str) -> tuple[int, bytes]:
    """Status and body of an error answer."""
    status = 429 if problem.status == 402 else problem.status
    return status, msgspec.json.encode({"error": _error(problem, trace_id)})


def write_failure_event(problem: Problem, trace_id: str, call: Call) -> bytes:
    """The `response.failed` event that ends a stream. It begins with a blank line, because the last event
    may have been cut in the middle.
    """
    response = {
        "id": f"resp_{trace_id}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "failed",
        "error": _error(problem, trace_id),
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": call.model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }
    event = {"type": "response.failed", "sequence_number": LATE_SEQUENCE_NUMBER, "response": response}
    return b"\n\n" + write_event(event, name="response.failed")


def _error(problem: Problem, trace_id: str) -> dict[str, Any]:
    return error_object(problem, trace_id, code=_CALM_CODES.get(problem.status, ""))
