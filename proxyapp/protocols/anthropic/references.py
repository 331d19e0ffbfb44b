"""Inputs of a Messages request that are given by link or name."""

from __future__ import annotations

import msgspec

from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.references import objects

_SELF_CONTAINED = frozenset(
    ("text", "thinking", "redacted_thinking", "tool_use", "tool_result", "server_tool_use", "mcp_tool_use")
)
"""Blocks that can only hold what is in the body. Any other type has the whole body searched."""

_THINKING = ("thinking", "redacted_thinking")


class _Block(msgspec.Struct):
    type: str = ""
    content: str | list[_Block] | None = None


class _Turn(msgspec.Struct):
    content: str | list[_Block] | None = None


class _Body(msgspec.Struct):
    messages: list[_Turn] = []
    system: str | list[_Block] | None = None


_decode = msgspec.json.Decoder(_Body).decode


def count_references(body: bytes) -> tuple[int, str, bool]:
    """How many sources are given by link, the name of an input of unknown size, and whether there may be
    thinking of earlier turns.
    """
    if (thinks := _thinks_if_self_contained(body)) is not None:
        return 0, "", thinks
    links, unbounded = 0, ""
    for node in objects(body):
        source = node.get("source")
        if node.get("type") == "url" and isinstance(node.get("url"), str):
            links += 1
        if node.get("type") == "document" and isinstance(source, dict) and source.get("type") == "url":
            unbounded = "document.source.url"
        if isinstance(node.get("file_id"), str):
            unbounded = "file_id"
    return links, unbounded, True


def _thinks_if_self_contained(body: bytes) -> bool | None:
    """None where the body may point elsewhere."""
    try:
        request = _decode(body)
    except BROKEN:
        return None
    thinks = False
    waiting: list[str | list[_Block] | None] = [turn.content for turn in request.messages]
    waiting.append(request.system)
    while waiting:
        blocks = waiting.pop()
        if not isinstance(blocks, list):
            continue
        for block in blocks:
            if block.type not in _SELF_CONTAINED:
                return None
            thinks = thinks or block.type in _THINKING
            waiting.append(block.content)
    return thinks
