"""Reasoning items: thinking with what the provider has encrypted of it.

Where another provider's reasoning must not be shown, its seal is marked as such, because a client gives back
nothing else: it may leave out the id of the item.
"""

from typing import Any

from proxyapp.protocols.canonical import Seal, Thinking
from proxyapp.protocols.carrying import carried, uncarried

BETWEEN = "\n\n"
"""What is between the parts of a summary, as people read them."""

_HIDDEN = "hidden:"


def thinking_of(texts: list[str], encrypted: str) -> Thinking:
    """The thinking in a reasoning item of OpenAI's."""
    seal = Seal(origin="openai_responses", value=encrypted) if encrypted else None
    return Thinking(text=_joined(texts), seal=seal)


def returned_thinking(texts: list[str], encrypted: str) -> Thinking:
    """The thinking in a reasoning item that a client gives back, whoever has sealed it."""
    if not encrypted:
        return Thinking(text=_joined(texts))
    seal = uncarried(encrypted.removeprefix(_HIDDEN), "openai_responses")
    return Thinking(text=_joined(texts), seal=seal, redacted=encrypted.startswith(_HIDDEN))


def encrypted_content(seal: Seal | None, redacted: bool) -> str | None:
    """The `encrypted_content` in which a client keeps a seal."""
    if seal is None:
        return None
    return (_HIDDEN if redacted else "") + carried(seal, "openai_responses")


def summary_of(text: str) -> list[dict[str, Any]]:
    """A summary of one part, or of none."""
    return [{"type": "summary_text", "text": text}] if text else []


def _joined(texts: list[str]) -> str:
    return BETWEEN.join(filter(None, texts))
