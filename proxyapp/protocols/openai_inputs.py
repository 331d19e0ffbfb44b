"""Inputs of an OpenAI request, chat or Responses, that are given by link or name."""

from typing import Any

import msgspec

from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.references import objects

_LINKS = ("image_url", "video_url", "audio_url", "file_url")
_SELF_CONTAINED = frozenset(
    {
        "custom_tool_call",
        "custom_tool_call_output",
        "function_call",
        "function_call_output",
        "input_text",
        "message",
        "output_text",
        "reasoning",
        "reasoning_text",
        "refusal",
        "summary_text",
        "text",
    }
)
"""Items and parts that can only hold what is in the body. Any other type has the whole body searched."""


class _Part(msgspec.Struct, gc=False):
    type: str = "message"


class _Item(msgspec.Struct):
    type: str = "message"
    content: str | list[_Part] | None = None
    reasoning_details: Any = None
    audio: Any = None
    output: str | list[_Part] | None = None


class _Body(msgspec.Struct):
    messages: list[_Item] = []
    input: str | list[_Item] = ""


_decode = msgspec.json.Decoder(_Body).decode


def openai_inputs(body: bytes) -> tuple[int, str, bool]:
    """How many inputs are given by link, the name of one of unknown size, and whether there may be thinking
    of earlier turns.

    An image is bounded by its published rule wherever it lies; a film, a sound or a document is not. Some
    compatible providers take links where OpenAI wants data (`file_data`, `input_audio`), and films as frames.
    """
    if (thinks := _thinks_if_self_contained(body)) is not None:
        return 0, "", thinks
    links, unbounded = 0, ""
    for node in objects(body):
        for name in _LINKS:
            value = node.get(name)
            if _is_link(value.get("url") if isinstance(value, dict) else value):
                links += 1
                unbounded = unbounded if name == "image_url" else name
        if isinstance(node.get("video"), list):
            links += sum(map(_is_link, node["video"]))
        unbounded = _unbounded(node) or unbounded
    return links, unbounded, True


def _unbounded(node: dict[str, Any]) -> str:
    """The member by which an object names something of unknown size, or empty."""
    if isinstance(node.get("file_id"), str):
        return "file_id"
    if node.get("type") == "item_reference":
        return "item_reference"
    if "id" in _inside(node, "audio"):  # an answer that was spoken earlier
        return "audio.id"
    if _is_address(node.get("file_data")):
        return "file_data"
    if _is_address(_inside(node, "input_audio").get("data")):
        return "input_audio.data"
    return "video" if node.get("type") == "video" and isinstance(node.get("video"), str) else ""


def _thinks_if_self_contained(body: bytes) -> bool | None:
    """None where the body may point elsewhere."""
    try:
        request = _decode(body)
    except BROKEN:
        return None
    thinks = False
    items = [*request.messages, *(request.input if isinstance(request.input, list) else ())]
    for item in items:
        if item.type not in _SELF_CONTAINED or item.audio is not None:
            return None
        thinks = thinks or item.type == "reasoning" or item.reasoning_details is not None
        for parts in (item.content, item.output):
            if isinstance(parts, list) and not all(part.type in _SELF_CONTAINED for part in parts):
                return None
    return thinks


def _inside(node: dict[str, Any], name: str) -> dict[str, Any]:
    value = node.get(name)
    return value if isinstance(value, dict) else {}


def _is_address(value: object) -> bool:
    """Whether what is usually bare base64 is an address."""
    return isinstance(value, str) and "://" in value[:16]


def _is_link(value: object) -> bool:
    """Whether a media value points elsewhere; inline data (`data:` URLs) does not."""
    return isinstance(value, str) and not value.startswith("data:")
