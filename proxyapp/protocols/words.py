"""The sentences in error answers: ours to the client, and a provider's own, made fit to pass on."""

import re
from typing import Any

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.counting import BROKEN

LONGEST = 2_000
"""Characters of a provider's message that are passed on."""

# Whatever repeats below is bounded, where a text of nothing else would be searched from each of its letters.
_LINK = re.compile(
    r"\b(?:https?|wss?)://[^\s\"'<>)]+"
    r"|\b(?:[a-z0-9-]{1,63}\.){1,10}(?:com|ai|net|org|io|dev|cn)\b(?:/[^\s\"'<>)]*)?",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\bsk-[\w*-]{6,}|\b(?:pk|rk|org|proj|req|key)[-_](?=[\w*-]{0,99}[\d*])[\w*-]{6,}"
    r"|\bAIza[\w-]{10,}|\bBearer\s+\S+",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def sentence(problem: Problem, trace_id: str) -> str:
    """The message for the client, ending with the id to quote when asking about it."""
    return f"{problem.message} (trace_id: {trace_id})"


def other_details(problem: Problem) -> dict[str, Any]:
    """The details that have no place of their own in an error answer."""
    return {name: value for name, value in problem.details.items() if name != "param"}


def refusal_words(body: bytes) -> str:
    """The message inside a provider's error body, of whatever shape; empty where there is none."""
    try:
        return clean(message_in(msgspec.json.decode(body)))
    except BROKEN:
        return ""


def failure_words(error: Any) -> str:
    """The message of an error object inside an answer; never empty."""
    return clean(message_in(error)) or "The upstream reported an error."


def message_in(value: Any) -> str:
    """The first text under `error`, `message` or `detail`, at whatever depth these are nested."""
    for _ in range(6):
        if isinstance(value, list):
            value = value[0] if value else ""
        if isinstance(value, str):
            return value
        if not isinstance(value, dict):
            return ""
        value = next((value[name] for name in ("error", "message", "detail", "msg") if value.get(name)), "")
    return ""


def clean(message: str) -> str:
    """Without links, keys and account names, which are the provider's and ours; and of bounded length."""
    message = _UNPRINTABLE.sub(" ", message[: 4 * LONGEST])
    message = _SECRET.sub("[removed]", _LINK.sub("[link removed]", message))
    return message.strip()[:LONGEST]
