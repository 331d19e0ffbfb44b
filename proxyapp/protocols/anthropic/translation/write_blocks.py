"""The parts of a question as content blocks. What cannot be one is a loss; media leave a word in their place,
so that the model knows that something was there.
"""

import base64
import binascii
from typing import Any, Literal

from msgspec import Raw

from proxyapp.protocols.anthropic.translation.arguments import write_arguments
from proxyapp.protocols.anthropic.translation.names import escaped
from proxyapp.protocols.anthropic.translation.write_cache import marked
from proxyapp.protocols.canonical import Media, Part, Text, Thinking, ToolResult, ToolUse

_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_PDF = "application/pdf"
_FAILED = "The tool failed."


def write_part(part: Part, role: Literal["user", "assistant"], losses: list[str]) -> dict[str, Any] | None:
    """A content block; None where nothing is left of the part."""
    if isinstance(part, Text):
        return _text(part, losses)
    if isinstance(part, Media):
        return _media(part, losses) if role == "user" else _left_out(part, losses)
    if isinstance(part, Thinking):
        return _thinking(part, losses)
    if isinstance(part, ToolUse):
        return _call(part)
    if isinstance(part, ToolResult):
        return _result(part, losses)
    return _plain(part.text)


def _plain(text: str) -> dict[str, Any] | None:
    """A text block. The provider refuses one without anything to read."""
    return {"type": "text", "text": text} if text.strip() else None


def _text(part: Text, losses: list[str]) -> dict[str, Any] | None:
    if part.citations:
        losses.append("citations")  # the provider takes only its own back
    block = _plain(part.text)
    return block and marked(block, part.cache)


def _thinking(part: Thinking, losses: list[str]) -> dict[str, Any] | None:
    """Reasoning that Anthropic has sealed; any other it would not believe."""
    if part.seal is None or part.seal.origin != "anthropic":
        losses.append("thinking")
        return None
    if part.redacted:
        return {"type": "redacted_thinking", "data": part.seal.value}
    return {"type": "thinking", "thinking": part.text, "signature": part.seal.value}


def _call(part: ToolUse) -> dict[str, Any]:
    input_: Raw = write_arguments(part)
    block = {"type": "tool_use", "id": escaped(part.id), "name": escaped(part.name), "input": input_}
    return marked(block, part.cache)


def _result(part: ToolResult, losses: list[str]) -> dict[str, Any]:
    """What a tool gave back. Of one that failed the provider takes texts only, and at least one."""
    written = [write_part(inner, "user", losses) for inner in part.content]
    content = [block for block in written if block is not None]
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": escaped(part.id), "content": content}
    if part.is_error and any(inner["type"] != "text" for inner in content):
        losses.append("tool_result.is_error")
    elif part.is_error:
        block |= {"is_error": True, "content": content or [{"type": "text", "text": _FAILED}]}
    return marked(block, part.cache)


def _media(part: Media, losses: list[str]) -> dict[str, Any] | None:
    if part.detail in ("low", "high"):
        losses.append("detail")
    source = _image(part) if part.kind == "image" else _document(part)
    if source is None or part.kind not in ("image", "document"):
        return _left_out(part, losses)
    block: dict[str, Any] = {"type": part.kind, "source": source}
    if part.name and part.kind == "document":
        block["title"] = part.name
    return marked(block, part.cache)


def _image(part: Media) -> dict[str, Any] | None:
    if part.url:
        return {"type": "url", "url": part.url}
    if part.media_type not in _IMAGES:
        return None
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _document(part: Media) -> dict[str, Any] | None:
    if part.url:
        return {"type": "url", "url": part.url} if part.media_type in ("", _PDF) else None
    if part.media_type == _PDF:
        return {"type": "base64", "media_type": _PDF, "data": part.data}
    return _written_out(part.data) if part.media_type.startswith("text/") else None


def _written_out(data: str) -> dict[str, Any] | None:
    """A document of plain text, which the provider takes as text."""
    try:
        text = base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return {"type": "text", "media_type": "text/plain", "data": text} if text.strip() else None


def _left_out(part: Media, losses: list[str]) -> dict[str, Any]:
    losses.append(part.kind)
    what = " ".join(word for word in (part.kind, part.name, part.media_type, part.url) if word)
    return {"type": "text", "text": f"[left out: {what}]"}
