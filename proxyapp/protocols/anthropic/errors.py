"""Errors in the form of the Anthropic API."""

from typing import Any

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.sse import write_event
from proxyapp.protocols.words import sentence

OVERLOADED = "upstream_overloaded"
"""The problem code that clients of this protocol know as status 529."""

_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def write_failure(problem: Problem, trace_id: str) -> tuple[int, bytes]:
    """Status and body of an error answer."""
    status = _status(problem)
    return status, msgspec.json.encode(_error(problem, trace_id, status))


def write_failure_event(problem: Problem, trace_id: str) -> bytes:
    """The `error` event that ends a stream. It begins with a blank line, because the last event may have been
    cut in the middle.
    """
    return b"\n\n" + write_event(_error(problem, trace_id, _status(problem)), name="error")


def _status(problem: Problem) -> int:
    return 529 if problem.code == OVERLOADED else problem.status


def _error(problem: Problem, trace_id: str, status: int) -> dict[str, Any]:
    default = "invalid_request_error" if status < 500 else "api_error"
    error: dict[str, Any] = {
        "type": _TYPES.get(status, default),
        "message": sentence(problem, trace_id),
        "code": problem.code,
        "hint": problem.hint,
        "docs_url": problem.docs,
    }
    if problem.details:
        error["details"] = problem.details
    return {"type": "error", "error": error, "request_id": trace_id, "trace_id": trace_id}
