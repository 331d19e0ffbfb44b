"""A whole Messages answer."""

from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.anthropic.answer import Tally
from proxyapp.protocols.anthropic.translation.citations import read_citations
from proxyapp.protocols.anthropic.translation.names import unescaped
from proxyapp.protocols.anthropic.translation.stops import read_stop
from proxyapp.protocols.canonical import Answer, Part, Refusal, Seal, Text, Thinking, ToolUse
from proxyapp.protocols.reading import Watch


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    citations: Any = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = Raw(b"{}")


class _Message(msgspec.Struct, gc=False):
    content: list[_Block] | None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Any = None
    usage: Any = None


_decode = msgspec.json.Decoder(_Message).decode


def read_answer(document: bytes) -> Answer:
    """See `translator.Translator.read_answer`. What the provider's own tools did is left out."""
    message = _decode(document)
    parts = [part for block in message.content or () if (part := _read_block(block)) is not None]
    stop = read_stop(message.stop_reason, any(isinstance(part, ToolUse) for part in parts))
    if stop == "refusal" and (why := read_explanation(message.stop_details)):
        parts.append(Refusal(why))
    watch = Watch()
    watch.believe(Tally().add, message.usage)
    return Answer(parts, stop, watch.usage, message.stop_sequence or "")


def _read_block(block: _Block) -> Part | None:
    if block.type == "text":
        return Text(block.text or "", citations=read_citations(block.citations))
    if block.type == "thinking":
        return Thinking(block.thinking or "", Seal("anthropic", block.signature) if block.signature else None)
    if block.type == "redacted_thinking":
        return Thinking(seal=Seal("anthropic", block.data or ""), redacted=True)
    if block.type == "tool_use":
        given = bytes(block.input).decode()
        return ToolUse(block.id or "", unescaped(block.name or ""), "{}" if given == "null" else given)
    return None


def read_explanation(details: Any) -> str:
    """Why the provider would not answer, where it says so."""
    why = details.get("explanation") if isinstance(details, dict) else None
    return why if isinstance(why, str) else ""
