"""The parts of a content with role `model`, in questions and in answers."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import Raw
from msgspec.json import encode

from proxyapp.protocols.canonical import Media, Part, Refusal, Text, Thinking, ToolUse
from proxyapp.protocols.carrying import object_in
from proxyapp.protocols.gemini.translation.media import write_media
from proxyapp.protocols.gemini.translation.seals import stands_alone

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def write_parts(parts: list[Part], seal_text: Callable[[Thinking], str]) -> list[dict[str, Any]]:
    """The parts as Gemini writes them. `seal_text` gives the signature that may be sent, or nothing.

    A signature stands on the part that follows the thoughts, or on an empty text where none does.
    """
    written: list[dict[str, Any]] = []
    waiting = ""
    for part in parts:
        if isinstance(part, Thinking):
            written += _unplaced(waiting)
            waiting = seal_text(part)
            if stands_alone(part):
                written.append({"text": part.text, "thought": True, "thoughtSignature": waiting})
                waiting = ""
            elif part.text and not part.redacted:
                written.append({"text": part.text, "thought": True})
        elif (said := _write_part(part)) is not None:
            written.append({**said, "thoughtSignature": waiting} if waiting else said)
            waiting = ""
    return written + _unplaced(waiting)


def write_call(call: ToolUse) -> dict[str, Any]:
    """A functionCall."""
    return {"functionCall": with_id(call.id, {"name": call.name, "args": _args(call)})}


def with_id(id: str, of: dict[str, Any]) -> dict[str, Any]:
    """A call or result with its id. One that Gemini may not take is left out: name and order tell as well."""
    return {"id": id, **of} if _ID.fullmatch(id) else of


def _args(call: ToolUse) -> Any:
    """The arguments, already as JSON: what was just not too deeply nested would be it inside of an answer.
    Free text is the argument `input`, and so is what is nested too deeply."""
    if not call.custom:
        with suppress(RecursionError):
            return Raw(encode(object_in(call.arguments)))
    return {"input": call.arguments}


def _write_part(part: Part) -> dict[str, Any] | None:
    """None for an empty text, which Gemini refuses."""
    match part:
        case Text(text=text) | Refusal(text=text):
            return {"text": text} if text else None
        case ToolUse():
            return write_call(part)
        case Media():
            return write_media(part)
        case _:
            return None


def _unplaced(signature: str) -> list[dict[str, Any]]:
    return [{"text": "", "thoughtSignature": signature}] if signature else []
