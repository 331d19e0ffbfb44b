"""Short ways to have something translated, and what a stream says in all."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from proxyapp.errors import InvalidRequest, Problem
from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Part,
    Question,
    Reasoning,
    Sealed,
    Text,
    Thinking,
    ToolUse,
    Turn,
)
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.protocols.translator import Frame

CALL_ID = "0190163d8694739b839e62d0e8a1b2c3"
MODEL = "gemini-3.1-pro-preview"
HELLO = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
ASKED = Question(MODEL, [Turn("user", [Text("Hello")])])
FRAME = Frame(
    call_id=CALL_ID,
    model=MODEL,
    created=1_760_000_000,
    question=replace(ASKED, reasoning=Reasoning(shown=True)),
)


def read(**body: Any) -> Question:
    """The question in a body that says hello and has these members."""
    return TRANSLATOR.read_question(msgspec.json.encode({**HELLO, **body}), MODEL, stream=False)


def read_parts(*contents: Any) -> list[Turn]:
    """The turns of contents, given as (role, parts…)."""
    written = [{"role": role, "parts": list(parts)} for role, *parts in contents]
    return read(contents=written).turns


def refused(**body: Any) -> Problem:
    """The refusal of a body."""
    with pytest.raises(InvalidRequest) as caught:
        read(**body)
    return caught.value.problem


def written(question: Question, *, model: str = MODEL, ceiling: int = 4_096) -> tuple[Any, list[str]]:
    """The decoded body of a question, and its losses."""
    found = TRANSLATOR.write_question(question, model, ceiling)
    return msgspec.json.decode(found.body), found.losses


def asked(*turns: Turn, **fields: Any) -> Question:
    """A question of these turns."""
    return replace(ASKED, **{"turns": list(turns) or ASKED.turns, **fields})


def answered(answer: Answer) -> Any:
    """The decoded document of an answer."""
    return msgspec.json.decode(TRANSLATOR.write_answer(answer, FRAME))


def read_answer(*parts: Any, **others: Any) -> Answer:
    """The answer whose one candidate says these parts; `others` are members of the candidate."""
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": "STOP", **others}
    return TRANSLATOR.read_answer(msgspec.json.encode({"candidates": [candidate]}))


def streamed(*events: Event, frame: Frame = FRAME) -> list[Any]:
    """The decoded chunks that these events are written in."""
    data = TRANSLATOR.write_stream(frame).write(list(events))
    return [msgspec.json.decode(chunk.removeprefix(b"data: ")) for chunk in data.split(b"\r\n\r\n") if chunk]


def chunk(*parts: Any, **candidate: Any) -> dict[str, Any]:
    """A chunk of a stream."""
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, "index": 0, **candidate}]}


def sse(*chunks: Any) -> bytes:
    """Chunks as Google sends them."""
    return b"".join([b"data: " + msgspec.json.encode(each) + b"\r\n\r\n" for each in chunks])


def read_stream(data: bytes, size: int = 1 << 20) -> list[Event]:
    """The events in a stream that comes in pieces of this size."""
    reader = TRANSLATOR.read_stream()
    events = []
    for start in range(0, len(data), size):
        events += reader.feed(data[start : start + size])
    return events + reader.end()


def fold(events: list[Event]) -> Answer:
    """The answer that a stream of events makes."""
    parts: dict[int, Part] = {}
    ended = Ended("pause")
    for event in events:
        match event:
            case Opened(index=index, part=part):
                parts[index] = part
            case Added() | Sealed() | Cited():
                parts[event.index] = _more(parts[event.index], event)
            case Ended():
                ended = event
    return Answer(list(parts.values()), ended.stop, ended.usage)


def unfold(answer: Answer, size: int = 3) -> list[Event]:
    """An answer as a stream, its texts in pieces of this size."""
    events: list[Event] = []
    for index, part in enumerate(answer.parts):
        events += _told(index, part, size)
    return [*events, Ended(answer.stop, answer.usage)]


def _more(part: Part, event: Added | Sealed | Cited) -> Part:
    match part, event:
        case ToolUse(), Added():
            return replace(part, arguments=part.arguments + event.text)
        case ((Text() | Thinking()), Added()):
            return replace(part, text=part.text + event.text)
        case Thinking(), Sealed():
            return replace(part, seal=event.seal)
        case Text(), Cited():
            return replace(part, citations=[*part.citations, event.citation])
    raise AssertionError((part, event))


def _told(index: int, part: Part, size: int) -> list[Event]:
    after: list[Event] = [Closed(index)]
    match part:
        case ToolUse():
            return [Opened(index, replace(part, arguments="")), *_added(index, part.arguments, size), *after]
        case Text():
            after = [*[Cited(index, citation) for citation in part.citations], *after]
            return [Opened(index, Text("")), *_added(index, part.text, size), *after]
        case Thinking():
            after = [Sealed(index, part.seal), *after] if part.seal is not None else after
            return [Opened(index, Thinking(redacted=part.redacted)), *_added(index, part.text, size), *after]
        case Media():
            return [Opened(index, part), *after]
    raise AssertionError(part)


def _added(index: int, text: str, size: int) -> list[Event]:
    return [Added(index, text[start : start + size]) for start in range(0, len(text), size)]
