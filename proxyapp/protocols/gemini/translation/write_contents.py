"""Turns, as the `contents` of a request."""

import sys
from typing import Any

from msgspec.structs import replace

from proxyapp.protocols.canonical import Media, Part, Text, Thinking, ToolResult, ToolUse, Turn
from proxyapp.protocols.fitting import fitting
from proxyapp.protocols.gemini.translation.media import write_media
from proxyapp.protocols.gemini.translation.models import NAMES
from proxyapp.protocols.gemini.translation.seals import UNSIGNED, own_seal_text
from proxyapp.protocols.gemini.translation.write_parts import with_id, write_parts

_NO_PLACE = ("cache", "citations")


def write_contents(turns: list[Turn], *, media_inside: bool, losses: list[str]) -> list[dict[str, Any]]:
    """The contents. `media_inside`: whether a tool result may hold its media itself.

    Since the user last spoke, each first call of the model's must have a signature; where there is none,
    the one that Google documents for that is sent.
    """
    contents: list[dict[str, Any]] = []
    spoken = _last_spoken(turns)
    order: dict[str, int] = {}
    for index, turn in enumerate(turns):
        _note_losses(turn.parts, losses)
        if turn.role == "assistant":
            parts = _write_model(turn.parts, signed=index > spoken)
            order = {part.id: place for place, part in enumerate(turn.parts) if isinstance(part, ToolUse)}
        else:
            parts = _write_user(turn.parts, order, media_inside)
        _add(contents, "model" if turn.role == "assistant" else "user", parts)
    return contents


def _last_spoken(turns: list[Turn]) -> int:
    """Where the user last said something, other than giving results."""
    spoken = -1
    for index, turn in enumerate(turns):
        if turn.role == "user" and not any(isinstance(part, ToolResult) for part in turn.parts):
            spoken = index
    return spoken


def _note_losses(parts: list[Part], losses: list[str]) -> None:
    """Gemini caches by itself, and has no place for names of files, for the detail of a look at them, and
    for the sources of what was said before."""
    for part in parts:
        for each in (part, *(part.content if isinstance(part, ToolResult) else ())):
            losses += [name for name in _NO_PLACE if getattr(each, name, "") not in ("", [])]
            if isinstance(each, Media):
                losses += [name for name in ("name", "detail") if getattr(each, name) not in ("", "auto")]
        if isinstance(part, Thinking) and not part.text and not own_seal_text(part):
            losses.append("thinking")


def _add(contents: list[dict[str, Any]], role: str, parts: list[dict[str, Any]]) -> None:
    """Add a content; what the same side says after an empty turn of the other joins what it said before."""
    if contents and contents[-1]["role"] == role:
        contents[-1]["parts"] += parts
    elif parts:
        contents.append({"role": role, "parts": parts})


def _write_model(parts: list[Part], *, signed: bool) -> list[dict[str, Any]]:
    written = write_parts([_named(part) for part in parts], own_seal_text)
    if signed:
        first = next((part for part in written if "functionCall" in part), {"thoughtSignature": ""})
        first.setdefault("thoughtSignature", UNSIGNED)
    return written


def _named(part: Part) -> Part:
    return replace(part, name=fitting(part.name, NAMES)) if isinstance(part, ToolUse) else part


def _write_user(parts: list[Part], order: dict[str, int], media_inside: bool) -> list[dict[str, Any]]:
    """Results first, in the order of their calls."""
    results = [part for part in parts if isinstance(part, ToolResult)]
    results.sort(key=lambda result: order.get(result.id, sys.maxsize))
    written = [_write_result(result, media_inside) for result in results]
    if not media_inside:
        written += [write_media(media) for result in results for media in _media(result)]
    return written + write_parts([part for part in parts if not isinstance(part, ToolResult)], own_seal_text)


def _write_result(result: ToolResult, media_inside: bool) -> dict[str, Any]:
    text = "\n".join([part.text for part in result.content if isinstance(part, Text)])
    said = {"name": fitting(result.name, NAMES), "response": {"error" if result.is_error else "output": text}}
    media = [write_media(each) for each in _media(result)] if media_inside else []
    return {"functionResponse": with_id(result.id, {**said, "parts": media} if media else said)}


def _media(result: ToolResult) -> list[Media]:
    return [part for part in result.content if isinstance(part, Media)]
