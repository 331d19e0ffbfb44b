"""What protocols say differently and the canonical form must bear: seals of other providers, effort in words
or in tokens, arguments as text or as objects.
"""

import base64
import binascii
from typing import Any

import msgspec

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.canonical import Effort, Seal

MARK = b"tollgate:"
"""Begins a seal that is carried by clients of a protocol other than its origin's."""

_ORIGINS: dict[bytes, ProtocolName] = {
    b"anthropic": "anthropic",
    b"openai_chat": "openai_chat",
    b"openai_responses": "openai_responses",
    b"gemini": "gemini",
}


def carried(seal: Seal, here: ProtocolName) -> str:
    """The text in which a seal travels in an answer of protocol `here`: plain where it is at home, else
    marked with its origin. Gemini's clients take base64 only.
    """
    if seal.origin == here:
        return seal.value
    marked = b"%b%b:%b" % (MARK, seal.origin.encode(), seal.value.encode())
    return base64.b64encode(marked).decode() if here == "gemini" else marked.decode()


def uncarried(text: str, here: ProtocolName) -> Seal:
    """The seal in what a client of protocol `here` sent back."""
    marked = _plain(text) if here == "gemini" else text.encode()
    if marked.startswith(MARK):
        origin, _, value = marked.removeprefix(MARK).partition(b":")
        if origin in _ORIGINS:
            return Seal(origin=_ORIGINS[origin], value=value.decode(errors="replace"))
    return Seal(origin=here, value=text)


def _plain(text: str) -> bytes:
    """What base64 of either alphabet holds: Google's SDKs send signatures back in the one for URLs."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return b""


_BUDGETS: dict[Effort, int] = {
    "none": 0,
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 32_768,
    "max": 63_999,
}


def budget_of(effort: Effort) -> int:
    """Tokens to think with, for a protocol that counts them."""
    return _BUDGETS[effort]


def effort_of(budget: int) -> Effort:
    """The least effort whose budget is at least this one, up to `high`, which every provider knows."""
    if budget <= 0:
        return "none"
    return next((name for name in ("low", "medium") if budget <= _BUDGETS[name]), "high")


def arguments_of(value: Any) -> str:
    """The text of a tool call's arguments that came as an object."""
    return msgspec.json.encode({} if value is None else value).decode()


def object_in(arguments: str) -> dict[str, Any]:
    """The arguments as an object; what is no JSON object is kept under `input`, as custom tools are."""
    if not arguments.strip():
        return {}
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return {"input": arguments}
    return value if isinstance(value, dict) else {"input": value}


def custom_schema() -> dict[str, Any]:
    """The schema by which a custom tool is offered where a protocol knows only functions: its free text is
    the argument `input`."""
    return {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def once(losses: list[str]) -> list[str]:
    """Each loss named once, in order of first mention."""
    return list(dict.fromkeys(losses))
