"""The system prompt and the turns of a Messages request."""

from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.anthropic.translation.read_blocks import Blocks, read_cache, read_text
from proxyapp.protocols.canonical import Part, Text, Turn

__all__ = ["read_cache", "read_system", "read_turns"]

_BILLING = "x-anthropic-billing-header:"
"""Begins a system block in which Claude Code tells Anthropic how it was started: no part of the prompt."""


def read_system(fields: Fields) -> list[Text]:
    """The texts of the system prompt."""
    texts = [text for text in _read_texts(fields, "system") if not text.text.startswith(_BILLING)]
    return [text for text in texts if text.text]


def read_turns(fields: Fields) -> list[Turn]:
    """The turns; messages of one side that follow one another are joined. A `system` message within the
    conversation keeps its place but not its rank: it becomes the user's.
    """
    if not fields.has("messages"):
        raise fields.complaint("messages", "is required")
    turns: list[Turn] = []
    blocks = Blocks()
    for message in fields.each("messages"):
        role = message.required("role")
        if role not in ("user", "assistant", "system"):
            raise message.complaint("role", "must be user, assistant or system")
        parts: list[Part] = (
            [*_read_texts(message, "content")] if role == "system" else blocks.read(message, "content")
        )
        if role == "system":
            message.lose("role")
        message.leave()
        _join(turns, Turn("assistant" if role == "assistant" else "user", parts))
    if not turns:
        raise fields.complaint("messages", "must not be empty")
    return turns


def _join(turns: list[Turn], turn: Turn) -> None:
    if turns and turns[-1].role == turn.role:
        turns[-1].parts.extend(turn.parts)
    elif turn.parts:
        turns.append(turn)


def _read_texts(fields: Fields, name: str) -> list[Text]:
    """A text or a list of text blocks."""
    if isinstance(fields.take(name), str):
        return [Text(fields.text(name))]
    found = []
    for block in fields.each(name):
        if block.required("type") == "text":
            found.append(read_text(block))
        else:
            block.lose()
    return found
