"""Errors in the form of Google's APIs (google.rpc.Status)."""

from typing import Any

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call
from proxyapp.protocols.sse import write_event
from proxyapp.protocols.words import sentence

DOMAIN = "tollgate"
_NAMES = {
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def write_failure(problem: Problem, trace_id: str) -> tuple[int, bytes]:
    """Status and body of an error answer."""
    return problem.status, msgspec.json.encode(_error(problem, trace_id))


def write_failure_event(problem: Problem, trace_id: str, call: Call) -> bytes:
    """The error that ends a stream: an event, or the last element of the array, whose first is taken to have
    gone out. The event begins with a blank line, because the last one may have been cut in the middle.
    """
    error = _error(problem, trace_id)
    if not call.sse:
        return b",\r\n" + msgspec.json.encode(error) + b"]"
    return b"\r\n\r\n" + write_event(error, newline=b"\r\n")


def _error(problem: Problem, trace_id: str) -> dict[str, Any]:
    default = "INVALID_ARGUMENT" if problem.status < 500 else "INTERNAL"
    metadata = {"trace_id": trace_id, "hint": problem.hint, "docs_url": problem.docs}
    metadata |= {name: _as_text(value) for name, value in problem.details.items()}
    details: list[dict[str, Any]] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": problem.code.upper(),
            "domain": DOMAIN,
            "metadata": metadata,
        }
    ]
    if problem.retry_after is not None:
        delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{problem.retry_after}s"}
        details.append(delay)
    if problem.status == 402:
        details.append(_quota(problem))
    error = {
        "code": problem.status,
        "message": sentence(problem, trace_id),
        "status": _NAMES.get(problem.status, default),
        "details": details,
    }
    return {"error": error}


def _quota(problem: Problem) -> dict[str, Any]:
    """Says that waiting for a minute does not help: Gemini's clients try again where nothing does."""
    limit = _as_text(problem.details.get("limit", "credit"))
    violation = {"subject": limit, "quotaId": f"{limit}-spent", "description": problem.message}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


def _as_text(value: Any) -> str:
    """Metadata of an ErrorInfo are strings only."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
