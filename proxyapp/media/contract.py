"""The /v3 contract in JSON: task results and errors, in the shapes that Jiekou and Novita made known."""

import time
from typing import Any

from proxyapp.errors import Problem
from proxyapp.media import files
from proxyapp.media.models import Endpoint, MediaTask, State

STATUSES = {
    State.ADMITTING: "TASK_STATUS_QUEUED",
    State.QUEUED: "TASK_STATUS_QUEUED",
    State.PROCESSING: "TASK_STATUS_PROCESSING",
    State.SUCCEED: "TASK_STATUS_SUCCEED",
    State.FAILED: "TASK_STATUS_FAILED",
    State.CANCELLED: "TASK_STATUS_FAILED",  # clients know four statuses, and wait for ever at a fifth
}
REASONS = {
    "missing_api_key": "INVALID_API_KEY",
    "insufficient_credit": "NOT_ENOUGH_BALANCE",
    "credit_held": "NOT_ENOUGH_BALANCE",
    "rate_limited": "RATE_LIMIT_EXCEEDED",
    "invalid_request": "INVALID_REQUEST_BODY",
    "model_not_found": "MODEL_NOT_FOUND",
    "unknown_path": "API_NOT_FOUND",
    "not_ready": "SERVICE_NOT_AVAILABLE",
    "upstream_failed": "TASK_FAILED",
}
"""Reasons by our code. Whatever is wrong with a key that was sent is `FAILED_TO_AUTH`; other codes are said
as they are, in capitals.
"""

_FORMS = {"images": "image", "videos": "video", "audios": "audio"}


def result(task: MediaTask) -> dict[str, Any]:
    """The task-result body. Links live for seven days from the end of the task; then the lists are empty."""
    submitted = int(task.created_at.timestamp() * 1000)
    return {
        "extra": {"debug_info": {"submit_time_ms": str(submitted), **_times(task)}},
        "task": {
            "task_id": str(task.pk),
            "task_type": _task_type(task),
            "status": STATUSES[State(task.state)],
            "reason": _reason(task),
            "eta": 0,
            "progress_percent": 100 if task.state == State.SUCCEED else task.progress,
        },
        **{kind: _files(task, kind) for kind in _FORMS},
    }


def error(problem: Problem, trace_id: str) -> dict[str, Any]:
    details = {name: value for name, value in problem.details.items() if value is not None}
    hint = {"hint": problem.hint} if problem.hint else {}
    return {
        "code": problem.status,
        "reason": _told(problem),
        "message": problem.message,
        "metadata": {"trace_id": trace_id, **hint, "docs_url": problem.docs, **details},
    }


def _told(problem: Problem) -> str:
    otherwise = "FAILED_TO_AUTH" if problem.status == 401 else problem.code.upper()
    return REASONS.get(problem.code, otherwise)


def _times(task: MediaTask) -> dict[str, str]:
    stamps = {"execute_time_ms": task.started_at, "complete_time_ms": task.ended_at}
    return {name: str(int(at.timestamp() * 1000)) if at else "" for name, at in stamps.items()}


def _task_type(task: MediaTask) -> str:
    return {Endpoint.VIDEO: "VIDEO", Endpoint.SYNC: "SYNC"}.get(Endpoint(task.endpoint), "ASYNC")


def _reason(task: MediaTask) -> str:
    if task.state == State.SUCCEED and not _is_kept(task):
        return "The results were kept for seven days, which are over."
    return task.reason


def _is_kept(task: MediaTask) -> bool:
    return task.files_kept and files.expiry(task.ended_at) > time.time()


def _files(task: MediaTask, kind: str) -> list[dict[str, Any]]:
    if task.state != State.SUCCEED or not _is_kept(task):
        return []
    form, until = _FORMS[kind], files.expiry(task.ended_at)
    left = int(until - time.time())
    # As the providers have it: a number for images, text for the others.
    ttl: int | str = left if kind == "images" else str(left)
    return [
        {
            f"{form}_url": files.link(found, until),
            f"{form}_url_ttl": ttl,
            f"{form}_type": found["type"],
        }
        for found in task.results
        if found["kind"] == kind
    ]
