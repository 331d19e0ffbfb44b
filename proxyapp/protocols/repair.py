"""Taking thinking out of a conversation, where its provider will not have it back.

What a model thought in earlier turns comes back signed or encrypted. A provider refuses what another one
signed, what was altered on the way, and what it does not remember. The conversation means the same
without.
"""

import re
from collections.abc import Callable
from typing import Any

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.body import read_any, rewrite
from proxyapp.protocols.carrying import MARK, uncarried

SKIPPED = "skip_thought_signature_validator"
"""What Gemini takes in the place of a signature that is not to be had, as its documentation says."""

_MARKS = (MARK, b"dG9sbGdhdGU6")  # the second is the same in base64, as Gemini's clients send it
_ABOUT_THINKING = re.compile(r"thinking|thought|reasoning|encrypted[ _]content|signature", re.IGNORECASE)
_THINKING = ("thinking", "redacted_thinking")
Judge = Callable[[str], bool]


def is_about_thinking(words: str) -> bool:
    """Whether a provider's refusal may be cured by taking thinking out."""
    return _ABOUT_THINKING.search(words) is not None


def has_foreign_seals(body: bytes) -> bool:
    """Whether anything in the body was sealed by a provider of another protocol."""
    return any(mark in body for mark in _MARKS)


def without_thinking(protocol: ProtocolName, body: bytes, *, foreign: bool = False) -> bytes:
    """The body without the thinking in its history, or only without what is sealed elsewhere (`foreign`).

    Where the last turn of the model is left in a loop of tools without it, no new thinking is asked for,
    as Anthropic demands.
    """

    def goes(seal: str) -> bool:
        return not foreign or uncarried(seal, protocol).origin != protocol

    edits = _EDITS[protocol](read_any(body), goes)
    return rewrite(body, edits) if edits else body


def _anthropic(body: dict[str, Any], goes: Judge) -> dict[str, Any]:
    turns, loops = [], False
    for turn in _objects(body.get("messages")):
        content = turn.get("content")
        blocks = content if isinstance(content, list) else []
        kept = [block for block in blocks if not _is_sealed_block(block, goes)]
        if kept or content is not blocks:
            turns.append({**turn, "content": kept} if content is blocks else turn)
            if turn.get("role") == "assistant":
                loops = _loops(kept, loops or len(kept) < len(blocks))
    edits: dict[str, Any] = {"messages": turns}
    if loops and "thinking" in body:
        edits |= _not_thinking(body)
    return edits


def _loops(blocks: list[Any], lost: bool) -> bool:
    """Whether this turn of the model goes on with a loop of tools that has `lost` what had been thought."""
    kinds = [_kind(block) for block in blocks]
    return lost and "tool_use" in kinds and kinds[0] not in _THINKING


def _not_thinking(body: dict[str, Any]) -> dict[str, Any]:
    """The edits that ask for no thinking, nor for clearing it away, which is refused without."""
    edits: dict[str, Any] = {"thinking": {"type": "disabled"}}
    context = body.get("context_management")
    if isinstance(context, dict) and isinstance(context.get("edits"), list):
        kept = [edit for edit in context["edits"] if not _text(_kind(edit)).startswith("clear_thinking")]
        edits["context_management"] = {**context, "edits": kept}
    return edits


def _is_sealed_block(block: Any, goes: Judge) -> bool:
    if _kind(block) not in _THINKING:
        return False
    return goes(_text(block.get("signature") or block.get("data")))


def _openai_responses(body: dict[str, Any], goes: Judge) -> dict[str, Any]:
    items = body.get("input")
    if not isinstance(items, list):
        return {}
    kept = [
        item
        for item in items
        if not (_kind(item) == "reasoning" and goes(_text(item.get("encrypted_content"))))
    ]
    return {"input": kept}


def _openai_chat(body: dict[str, Any], goes: Judge) -> dict[str, Any]:
    turns = []
    for turn in _objects(body.get("messages")):
        details = turn.get("reasoning_details")
        if isinstance(details, list):
            kept = [entry for entry in details if not goes(_seal_in(entry))]
            turn = {**turn, "reasoning_details": kept}
        turns.append(turn)
    return {"messages": turns}


def _seal_in(entry: Any) -> str:
    return _text(_member(entry, "data") or _member(entry, "signature"))


def _gemini(body: dict[str, Any], goes: Judge) -> dict[str, Any]:
    contents = []
    for content in _objects(body.get("contents")):
        parts = content.get("parts")
        if isinstance(parts, list):
            content = {**content, "parts": [_unsigned(part, goes) for part in parts]}
        contents.append(content)
    return {"contents": contents}


def _unsigned(part: Any, goes: Judge) -> Any:
    if not isinstance(part, dict):
        return part
    for name in ("thoughtSignature", "thought_signature"):
        if name in part and goes(_text(part[name])):
            rest = {key: value for key, value in part.items() if key != name}
            called = "functionCall" in part or "function_call" in part
            return rest | ({"thoughtSignature": SKIPPED} if called else {})
    return part


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _kind(value: Any) -> Any:
    return _member(value, "type")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_EDITS: dict[ProtocolName, Callable[[dict[str, Any], Judge], dict[str, Any]]] = {
    "anthropic": _anthropic,
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "gemini": _gemini,
}
