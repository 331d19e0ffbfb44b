"""The messages of a conversation: what a client says, read; and those that the gateway itself has to say."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.error_answers import refusal
from proxyapp.errors import InvalidRequest, Problem
from proxyapp.http import Header
from proxyapp.protocols.body import Members, read_body
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_responses import CODEC
from proxyapp.websocket.memory import Asked, Said

KEEPALIVE = b'{"type":"keepalive"}'
_ACKNOWLEDGEMENTS = frozenset(("response.processed",))
_OF_THE_MESSAGE = frozenset(("type", "generate", "previous_response_id"))
_TOLD_IN_ERRORS = frozenset((b"retry-after", b"x-should-retry", b"x-trace-id"))
_NOT_FOUND = "previous_response_not_found"  # at which clients send everything once more
_BLANKS = b" \t\r\n"


def read_message(message: bytes, said: Said | None) -> Asked | None:
    """What is asked, where `said` is the last response; None for what wants no answer.

    InvalidRequest naming the field, as for a body.
    """
    fields = read_body(message)
    kind = fields.text("type")
    if kind in _ACKNOWLEDGEMENTS:
        return None
    if kind != "response.create":
        raise InvalidRequest(
            f"Messages of the type {(kind or '')[:60]!r} are not understood here.",
            code="unknown_message",
            hint="Send response.create.",
            param="type",
        )
    return _read_create(fields, said)


def _read_create(fields: Members, said: Said | None) -> Asked:
    if fields.has("stream") and not fields.flag("stream"):
        raise fields.complaint("stream", "cannot be false: over a WebSocket every response is streamed")
    if fields.has("stream_id"):
        raise fields.complaint("stream_id", "is not offered: responses come one after the other")
    before, root = _before(fields.text("previous_response_id"), said)
    parts = (*before, *_input(fields))
    members: dict[str, Any] = {
        name: value for name, value in fields.found.items() if name not in _OF_THE_MESSAGE
    }
    members["stream"] = True
    if before:
        members["input"] = Raw(b"[%b]" % b",".join(parts))
    if root is not None:
        members["previous_response_id"] = root
    return Asked(
        body=msgspec.json.encode(members),
        model=read_model(fields),
        parts=parts,
        root=root,
        generate=fields.flag("generate") or not fields.has("generate"),
        stored=fields.flag("store") or not fields.has("store"),
    )


def _before(previous: str | None, said: Said | None) -> tuple[tuple[bytes, ...], str | None]:
    """What was said before, and the stored response that it all goes on from, if any. A response that this
    conversation does not remember may be one: the gateway knows.
    """
    if previous is None or said is None or said.response_id != previous:
        return (), previous
    return said.parts, said.root


def _input(fields: Members) -> tuple[bytes, ...]:
    """The items of `input`, as they were sent."""
    if not fields.has("input"):
        return ()
    raw = bytes(fields.found["input"])
    if raw[:1] == b'"':
        return (b'{"type":"message","role":"user","content":%b}' % raw,)
    if raw[:1] != b"[":
        raise fields.complaint("input", "must be a string or an array")
    items = raw[1:-1].strip(_BLANKS)
    return (items,) if items else ()


def refusal_message(problem: Problem, call_id: str, asked: Sequence[Header]) -> bytes:
    """The `error` event for a message that is refused, to a client with the headers `asked`."""
    status, headers, body = refusal(CODEC, problem, call_id, asked)
    return error_message(status, [*headers, (b"x-trace-id", call_id.encode())], body)


def error_message(status: int, headers: Sequence[Header], body: bytes) -> bytes:
    """The `error` event that says what an error answer would have said.

    Codex reads `status`, `error` and `headers` as those of an HTTP answer.
    """
    told = {name.decode(): value.decode("latin-1") for name, value in headers if name in _TOLD_IN_ERRORS}
    error = msgspec.json.decode(body)["error"]
    if error["code"] == "response_not_found":
        status, error["code"] = 400, _NOT_FOUND
    return msgspec.json.encode({"type": "error", "status": status, "headers": told, "error": error})


def headers_message(headers: Sequence[Header]) -> bytes:
    """What the headers of an answer would have said, as the first event of a response."""
    told = {name.decode(): value.decode("latin-1") for name, value in headers if name.startswith(b"x-")}
    return msgspec.json.encode({"type": "gateway.headers", "headers": told})


def warm_up_messages(call_id: str, model: str) -> tuple[bytes, bytes]:
    """`response.created` and `response.completed` of a response that nobody has generated."""
    response = {
        "id": f"resp_{call_id}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None,
    }
    usage = {
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    }
    done = response | {"status": "completed", "usage": usage}
    created = {"type": "response.created", "sequence_number": 0, "response": response}
    completed = {"type": "response.completed", "sequence_number": 1, "response": done}
    return msgspec.json.encode(created), msgspec.json.encode(completed)
