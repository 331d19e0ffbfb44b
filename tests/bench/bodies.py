"""The requests that are measured: of a given size, always the same, with a word to the upstream in them."""

import json
from collections.abc import Iterator
from typing import Any

MODEL = "bench"
ELSEWHERE = {"chat": "bench-messages", "messages": "bench-chat"}
"""Models that are only served in the other protocol, so that calls to them are translated."""

PATHS = {"chat": "/v1/chat/completions", "messages": "/v1/messages"}
_SYSTEM = "You are a helpful assistant."
_WORDS = (
    "the quick brown fox jumps over a lazy dog while this patient machine keeps measuring every gateway with "
    "care, latency and all "
)
_LARGE = 50_000
_TURN = 1_200
_FRAME = len('{"role": "assistant", "content": ""}, ')


def body(
    protocol: str, size: int, *, chunks: int | None = None, pause_ms: int = 0, model: str = MODEL
) -> bytes:
    """A request of about `size` bytes; with `chunks` it asks for a stream of so many, `pause_ms` apart.

    Large ones are what agents send: tools, and a long conversation.
    """
    script = "" if chunks is None else f"[[n={chunks} i={pause_ms}]] "
    request: dict[str, Any] = {"model": model, "max_tokens": 256, "temperature": 0.7}
    if chunks is not None:
        request["stream"] = True
        if protocol == "chat":
            request["stream_options"] = {"include_usage": True}
    if size >= _LARGE:
        request["tools"] = [_tool(protocol, number) for number in range(20)]
    room = size - len(json.dumps(request | _conversation(protocol, script, 0)))
    return json.dumps(request | _conversation(protocol, script, room)).encode()


def _conversation(protocol: str, script: str, room: int) -> dict[str, Any]:
    turns = list(_turns(script, room))
    if protocol == "messages":
        return {"system": _SYSTEM, "messages": turns}
    return {"messages": [{"role": "system", "content": _SYSTEM}, *turns]}


def _turns(script: str, room: int) -> Iterator[dict[str, str]]:
    """What user and assistant said, in turn, the user last; the upstream's word comes first."""
    count = max(1, room // _TURN) | 1
    length = room // count - (_FRAME if count > 1 else 0)
    for number in range(count):
        text = (_WORDS * (length // len(_WORDS) + 1))[:length]
        role = "assistant" if number % 2 else "user"
        yield {"role": role, "content": script + text if number == 0 else text}


def _tool(protocol: str, number: int) -> dict[str, Any]:
    properties = {f"field_{index}": {"type": "string", "description": _WORDS} for index in range(6)}
    schema = {"type": "object", "properties": properties, "required": ["field_0"]}
    name, about = f"tool_{number}", _WORDS * 2
    if protocol == "messages":
        return {"name": name, "description": about, "input_schema": schema}
    return {"type": "function", "function": {"name": name, "description": about, "parameters": schema}}
