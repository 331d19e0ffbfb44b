"""Whatever stands anywhere in a request, it is read or refused by name, never anything else."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from proxyapp.errors import InvalidRequest
from tests.proxyapp.protocols.openai_responses.translation.saying import read

BODY: dict[str, Any] = {
    "instructions": "a",
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"},
                {"type": "input_file", "filename": "a", "file_data": "aGk="},
                {"type": "input_audio", "input_audio": {"format": "mp3", "data": "aGk="}},
            ],
        },
        {
            "type": "reasoning",
            "summary": [{"text": "a"}],
            "content": [{"text": "b"}],
            "encrypted_content": "c",
        },
        {
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "a", "annotations": [{"url": "h", "start_index": 1}]}
            ],
        },
        {"type": "function_call", "call_id": "c", "name": "n", "namespace": "s", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]},
        {"type": "local_shell_call", "call_id": "d", "action": {"command": ["ls"]}},
        {"type": "local_shell_call_output", "id": "d", "output": "a"},
        {"type": "additional_tools", "tools": [{"type": "function", "name": "n"}]},
    ],
    "tools": [
        {"type": "function", "name": "n", "parameters": {}, "strict": True, "description": "d"},
        {"type": "custom", "name": "n", "format": {"type": "text"}},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "n"}]},
        {"type": "web_search", "filters": {"allowed_domains": ["h"]}},
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": []}},
    ],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "n"}]},
    "parallel_tool_calls": True,
    "text": {
        "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": True},
        "verbosity": "low",
    },
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["a"],
    "temperature": 1,
    "max_output_tokens": 1,
}


VALUES: tuple[Any, ...] = (5, "x", True, 1.5, [], {}, [[1]], {"a": {}}, None, [None], -1)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in entries:
        yield (*path, name)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, name))


def complaint(body: dict[str, Any]) -> str | None:
    """The field that a refusal names; None where the body is read."""
    try:
        read(**body)
    except InvalidRequest as refused:
        return str(refused.problem.details.get("param", ""))
    return None


def test_it_works() -> None:
    assert read(**BODY).tools


@pytest.mark.parametrize("place", list(places(BODY)), ids=str)
def test_anything_anywhere(place: tuple[Any, ...]) -> None:
    for value in VALUES:
        body = copy.deepcopy(BODY)
        inner: Any = body
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        assert complaint(body) != ""
