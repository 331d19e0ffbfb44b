"""Errors in the form of the OpenAI API."""

import time

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call
from proxyapp.protocols.openai_skin import error_object
from proxyapp.protocols.sse import write_event


def write_failure(problem: Problem, trace_id: str) -> tuple[int, bytes]:
    """Status and body of an error answer."""
    return problem.status, msgspec.json.encode({"error": error_object(problem, trace_id)})


def write_failure_event(problem: Problem, trace_id: str, call: Call) -> bytes:
    """The end of a stream that cannot go on: a chunk with the error, then `[DONE]`.

    It begins with a blank line, because the last event may have been cut in the middle.
    """
    chunk = {
        "id": f"chatcmpl-{trace_id}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": call.model,
        "choices": [{"index": 0, "delta": {}, "finish_reason": "error"}],
        "error": error_object(problem, trace_id),
    }
    return b"\n\n" + write_event(chunk) + b"data: [DONE]\n\n"
