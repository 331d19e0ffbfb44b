"""Inputs of a Gemini request that are given by link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.references import objects

_FILE = ("fileData", "file_data")


class _Response(msgspec.Struct):
    parts: list[_Part] | None = None


class _Part(msgspec.Struct):
    camel: Any = msgspec.field(default=None, name="fileData")
    snake: Any = msgspec.field(default=None, name="file_data")
    signature: Any = msgspec.field(default=None, name="thoughtSignature")
    snake_signature: Any = msgspec.field(default=None, name="thought_signature")
    response: _Response | None = msgspec.field(default=None, name="functionResponse")
    snake_response: _Response | None = msgspec.field(default=None, name="function_response")


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Body(msgspec.Struct):
    contents: list[_Content] = []
    camel: _Content | None = msgspec.field(default=None, name="systemInstruction")
    snake: _Content | None = msgspec.field(default=None, name="system_instruction")


_decode = msgspec.json.Decoder(_Body).decode


def count_references(body: bytes) -> tuple[int, str, bool]:
    """How many files are given by link, the name of one that is no image and so of unknown size, and whether
    there may be thinking of earlier turns.
    """
    if (thinks := _thinks_if_self_contained(body)) is not None:
        return 0, "", thinks
    links, unbounded = 0, ""
    for file in _files(body):
        kind = file.get("mimeType", file.get("mime_type"))
        links += 1
        if not (isinstance(kind, str) and kind.startswith("image/")):
            unbounded = "fileData.fileUri"
    return links, unbounded, True


def _files(body: bytes) -> Iterator[dict[str, Any]]:
    for node in objects(body):
        yield from (node[name] for name in _FILE if isinstance(node.get(name), dict))


def _thinks_if_self_contained(body: bytes) -> bool | None:
    """None where the body may point elsewhere."""
    try:
        request = _decode(body)
    except BROKEN:
        return None
    thinks = False
    contents = [*request.contents, request.camel, request.snake]
    waiting: list[_Content | _Response | None] = [*contents]
    while waiting:
        node = waiting.pop()
        for part in (node.parts if node is not None else None) or ():
            if part.camel is not None or part.snake is not None:
                return None
            thinks = thinks or part.signature is not None or part.snake_signature is not None
            waiting += (part.response, part.snake_response)
    return thinks
