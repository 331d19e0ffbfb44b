"""The error object that both OpenAI protocols share."""

from typing import Any

from proxyapp.errors import Problem
from proxyapp.protocols.words import other_details, sentence

_TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}


def error_object(problem: Problem, trace_id: str, code: str = "") -> dict[str, Any]:
    """The value of `error`. `code` replaces the problem's own, which then stays readable as `reason`."""
    code = code or problem.code
    shown: dict[str, Any] = {
        "message": sentence(problem, trace_id),
        "type": _TYPES.get(problem.status) or _other_type(problem.status),
        "param": problem.details.get("param"),
        "code": code,
        "hint": problem.hint,
        "docs_url": problem.docs,
        "trace_id": trace_id,
    }
    if code != problem.code:
        shown["reason"] = problem.code
    if details := other_details(problem):
        shown["details"] = details
    return shown


def _other_type(status: int) -> str:
    return "invalid_request_error" if status < 500 else "server_error"
