"""Thinking in chat messages.

Chat has no place of its own for it. Its text is `reasoning_content`, as most compatible providers write it;
signed or encrypted reasoning is `reasoning_details`, a list that clients send back as it came (OpenRouter's
convention). There it is one entry for each Thinking, with an index of its own:

    {"type": "reasoning.text", "text": …, "signature": …}    seen by the client
    {"type": "reasoning.encrypted", "data": …}               redacted

`signature` or `data` is the carried seal; `id` is that of the tool call which the Thinking stood directly
before, for in a message nothing else tells their order.

Of a provider, reasoning is taken as it is: its seal is the JSON text of what must come back, which is a list
of details, the object `{"extra_content": …}` of the tool call behind it (Gemini's signature), or empty where
only the text must.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.canonical import Part, Question, Seal, Thinking, ToolUse
from proxyapp.protocols.carrying import MARK, carried, uncarried

HERE: ProtocolName = "openai_chat"
Detail = dict[str, Any]

_mark = MARK.decode()
TEXTS = {"reasoning.text": "text", "reasoning.summary": "summary"}
"""The member that holds the text, by type of detail."""


def details_of(
    thinkings: Iterable[tuple[Thinking, str]], start: int = 0, *, sealed: bool = False
) -> list[Detail]:
    """The entries for these, each with the id of the call it stands before; indices from `start`.
    Empty where none has a seal, nor had one earlier (`sealed`), for then the text says it all."""
    entries: list[Detail] = []
    for thinking, call in thinkings:
        if thinking.seal is not None and thinking.seal.origin == HERE:
            own = details_in(thinking.seal)
            sealed = sealed or bool(own)
            entries += own
        else:
            sealed = sealed or thinking.seal is not None
            entries.append(_entry(thinking, call, start + len(entries)))
    return entries if sealed else []


def _entry(thinking: Thinking, call: str, index: int) -> Detail:
    value = carried(thinking.seal, HERE) if thinking.seal is not None else None
    said: Detail = (
        {"type": "reasoning.encrypted", "data": value or ""}
        if thinking.redacted
        else {"type": "reasoning.text", "text": thinking.text, "signature": value}
    )
    return {**said, "id": call or None, "format": "tollgate", "index": index}


def before_calls(parts: list[Part]) -> Iterator[tuple[Thinking, str]]:
    """Every Thinking of a message, with the id of the call that it stands directly before, or none."""
    run: list[Thinking] = []
    for part in parts:
        if isinstance(part, Thinking):
            run.append(part)
            continue
        yield from ((thinking, part.id if isinstance(part, ToolUse) else "") for thinking in run)
        run.clear()
    yield from ((thinking, "") for thinking in run)


def shown(thinking: Thinking, question: Question) -> Thinking:
    """The Thinking as this client may see it: without its text where it wants none."""
    if not thinking.text or question.reasoning is None or question.reasoning.shown is not False:
        return thinking
    return Thinking(seal=thinking.seal, redacted=thinking.redacted)


def sent_back(details: list[Detail], text: str) -> list[tuple[Thinking, str]]:
    """What a client sent back of an assistant's thinking, each with the id of the call it belongs before."""
    if any(_value(entry).startswith(_mark) for entry in details):
        return [(_thinking(entry), _string(entry, "id")) for entry in details]
    if thinking := reasoned(details, text):
        return [(thinking, "")]
    return []


def reasoned(details: list[Detail], text: str) -> Thinking | None:
    """A provider's reasoning, to be sent back to it as it is; None where there is none."""
    if not details:
        return Thinking(text, seal=Seal(HERE, "")) if text else None
    return Thinking(text or text_in(details), seal=seal_of(details))


def text_in(details: list[Detail]) -> str:
    """What can be read in them."""
    named = [(entry, TEXTS.get(_string(entry, "type"))) for entry in details]
    return "".join(_string(entry, name) for entry, name in named if name)


def seal_of(details: list[Detail]) -> Seal:
    return Seal(HERE, _json(details) if details else "")


def extra_seal(extra: dict[str, Any]) -> Seal:
    """The seal of a tool call that came with more than OpenAI's fields."""
    return Seal(HERE, _json({"extra_content": extra}))


def details_in(seal: Seal) -> list[Detail]:
    """The details in a seal of this protocol."""
    value = _json_in(seal)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def extra_in(seal: Seal) -> dict[str, Any]:
    """What belongs to the tool call behind a seal of this protocol."""
    value = _json_in(seal)
    return value if isinstance(value, dict) and set(value) == {"extra_content"} else {}


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        return ""  # nested deeper than any provider's: kept as reasoning that has no seal


def _json_in(seal: Seal) -> Any:
    try:
        return msgspec.json.decode(seal.value)
    except (msgspec.DecodeError, RecursionError):
        return None


def _thinking(entry: Detail) -> Thinking:
    value = _value(entry)
    seal = uncarried(value, HERE) if value else None
    return Thinking(_string(entry, "text"), seal=seal, redacted=entry.get("type") == "reasoning.encrypted")


def _value(entry: Detail) -> str:
    return _string(entry, "signature") or _string(entry, "data")


def _string(entry: Detail, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
