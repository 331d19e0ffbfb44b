"""Short ways to translate something."""

from typing import Any

import msgspec
import pytest

from proxyapp.errors import InvalidRequest, Problem
from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Part,
    Question,
    Refusal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
    Turn,
)
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from proxyapp.protocols.translator import Frame, Written
from tests.wire.transcripts import cut

CALL_ID = "0190163d8694739b839e62d0e8a1b2c3"
HI = Turn("user", [Text("Hi")])


def read(*messages: dict[str, Any], **others: Any) -> Question:
    """The question in a request."""
    body = {"model": "m", "messages": list(messages), **others}
    return TRANSLATOR.read_question(msgspec.json.encode(body), "m", stream=bool(others.get("stream")))


def asked(**others: Any) -> Question:
    """The question in a request with one message."""
    return read({"role": "user", "content": "Hi"}, **others)


def refusal(*messages: dict[str, Any], **others: Any) -> Problem:
    """Why a request is refused."""
    with pytest.raises(InvalidRequest) as caught:
        read(*(messages or ({"role": "user", "content": "Hi"},)), **others)
    return caught.value.problem


def wrote(question: Question, model: str = "some-model", ceiling: int = 100) -> Written:
    return TRANSLATOR.write_question(question, model, ceiling)


def body(question: Question, model: str = "some-model", ceiling: int = 100) -> dict[str, Any]:
    """The body for a provider."""
    decoded: dict[str, Any] = msgspec.json.decode(wrote(question, model, ceiling).body)
    return decoded


def messages(*turns: Turn, model: str = "some-model") -> list[dict[str, Any]]:
    """The messages for a provider."""
    written: list[dict[str, Any]] = body(Question("m", list(turns)), model)["messages"]
    return written


def frame(question: Question | None = None, *, wants_usage: bool = True) -> Frame:
    return Frame(CALL_ID, "m", 1_760_000_000, question or Question("m", [HI]), wants_usage=wants_usage)


def message(answer: Answer, question: Question | None = None) -> dict[str, Any]:
    """The message in the answer for the client."""
    document = msgspec.json.decode(TRANSLATOR.write_answer(answer, frame(question)))
    found: dict[str, Any] = document["choices"][0]["message"]
    return found


def events_in(stream: bytes, size: int = 0) -> list[Event]:
    """The events of a provider's stream, that comes in pieces of one size."""
    reader = TRANSLATOR.read_stream()
    events = [event for piece in (cut(stream, size) if size else [stream]) for event in reader.feed(piece)]
    return events + reader.end()


def stream(*events: Event, question: Question | None = None, wants_usage: bool = True) -> bytes:
    """The client's stream."""
    return TRANSLATOR.write_stream(frame(question, wants_usage=wants_usage)).write(list(events))


def chunks(*events: Event, question: Question | None = None) -> list[dict[str, Any]]:
    """The deltas in the client's stream that say something."""
    payloads = [line[6:] for line in stream(*events, question=question).split(b"\n") if line]
    decoded = [msgspec.json.decode(payload) for payload in payloads if payload != b"[DONE]"]
    return [each["choices"][0]["delta"] for each in decoded[1:] if each["choices"][0]["delta"]]


def told(answer: Answer, piece: int = 3) -> list[Event]:
    """An answer as a stream of events, texts in pieces."""
    events: list[Event] = [Begun()]
    for index, part in enumerate(answer.parts):
        events += _told(index, part, piece)
    return [*events, Ended(answer.stop, answer.usage)]


def folded(events: list[Event]) -> Answer:
    """What events say together."""
    parts: dict[int, Part] = {}
    for event in events:
        match event:
            case Opened(index, part):
                parts[index] = msgspec.structs.replace(part)
            case Added(index, text):
                _add(parts[index], text)
            case Sealed(index, seal):
                thinking = parts[index]
                assert isinstance(thinking, Thinking)
                thinking.seal = seal
            case Cited(index, citation):
                cited = parts[index]
                assert isinstance(cited, Text)
                cited.citations = [*cited.citations, citation]
            case Ended(stop, usage):
                return Answer([parts[index] for index in sorted(parts)], stop, usage)
    raise AssertionError("The answer has no end.")


def _told(index: int, part: Part, piece: int) -> list[Event]:
    text, empty = "", part
    if isinstance(part, Text):
        text, empty = part.text, Text("")
    elif isinstance(part, Refusal):
        text, empty = part.text, Refusal("")
    elif isinstance(part, Thinking):
        text, empty = part.text, Thinking(redacted=part.redacted)
    elif isinstance(part, ToolUse):
        text, empty = part.arguments, msgspec.structs.replace(part, arguments="")
    events: list[Event] = [Opened(index, empty)]
    events += [Added(index, text[at : at + piece]) for at in range(0, len(text), piece)]
    if isinstance(part, Text):
        events += [Cited(index, citation) for citation in part.citations]
    if isinstance(part, Thinking) and part.seal is not None:
        events.append(Sealed(index, part.seal))
    return [*events, Closed(index)]


def _add(part: Part, text: str) -> None:
    if isinstance(part, ToolUse):
        part.arguments += text
    else:
        assert isinstance(part, Text | Thinking | Refusal)
        part.text += text
