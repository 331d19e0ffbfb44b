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
    Tool,
    ToolUse,
    Turn,
)
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from proxyapp.protocols.sse import write_event
from proxyapp.protocols.translator import Frame, Written

CALL_ID = "0190163d8694739b839e62d0e8a1b2c3"
HELLO = Question(model="m", turns=[Turn(role="user", parts=[Text(text="Hello")])])


def read(**members: Any) -> Question:
    """The question in a request of these members."""
    return TRANSLATOR.read_question(msgspec.json.encode({"input": "Hello", **members}), "m", stream=False)


def read_items(*items: Any) -> Question:
    """The question in these items of input."""
    return read(input=list(items))


def refused(**members: Any) -> Problem:
    """Why a request is refused."""
    with pytest.raises(InvalidRequest) as caught:
        read(**members)
    return caught.value.problem


def write(question: Question, model: str = "some-model", ceiling: int = 100) -> tuple[Any, Written]:
    """The request that asks a question, decoded; and all that was written."""
    written = TRANSLATOR.write_question(question, model, ceiling)
    return msgspec.json.decode(written.body), written


def asking(*parts: Part, **members: Any) -> Question:
    """A question of one turn of the user."""
    return Question(model="m", turns=[Turn(role="user", parts=list(parts))], **members)


def answered(*parts: Part) -> Question:
    """A question whose last turn is the assistant's."""
    return Question(model="m", turns=[Turn(role="assistant", parts=list(parts))])


def frame(question: Question = HELLO) -> Frame:
    """The call that is answered."""
    return Frame(call_id=CALL_ID, model="claude-x", created=1_760_000_000, question=question)


def offering(*tools: Tool) -> Frame:
    """A call that offers these tools."""
    return frame(Question(model="m", turns=HELLO.turns, tools=list(tools)))


def written_answer(answer: Answer, to: Frame | None = None) -> Any:
    """The document for the client, decoded."""
    return msgspec.json.decode(TRANSLATOR.write_answer(answer, to or frame()))


def written_stream(events: list[Event], to: Frame | None = None) -> list[Any]:
    """The events for the client, decoded."""
    written = TRANSLATOR.write_stream(to or frame()).write(events)
    return [msgspec.json.decode(line[6:]) for line in written.split(b"\n") if line.startswith(b"data: ")]


def read_stream(*events: Any) -> list[Event]:
    """What a provider's events say."""
    return read_bytes(b"".join(write_event(event, name=event["type"]) for event in events))


def read_bytes(data: bytes) -> list[Event]:
    """What a provider's whole stream says."""
    reader = TRANSLATOR.read_stream()
    return reader.feed(data) + reader.end()


def streamed(answer: Answer) -> list[Event]:
    """An answer as events, its texts in two pieces."""
    events: list[Event] = [Begun()]
    for index, part in enumerate(answer.parts):
        events += _part_events(index, part)
    return [*events, Ended(answer.stop, answer.usage)]


def fold(events: list[Event]) -> Answer:
    """The answer that events add up to."""
    parts: dict[int, Part] = {}
    answer = Answer(parts=[], stop="end")
    for event in events:
        if isinstance(event, Opened):
            parts[event.index] = msgspec.convert(msgspec.to_builtins(event.part), Part)
        elif isinstance(event, Ended):
            answer = Answer(parts=[], stop=event.stop, usage=event.usage)
        elif not isinstance(event, Begun | Closed):
            _grow(parts[event.index], event)
    answer.parts = [parts[index] for index in sorted(parts)]
    return answer


def _part_events(index: int, part: Part) -> list[Event]:
    begun, text = _beginning(part)
    half = len(text) // 2
    events: list[Event] = [Opened(index, begun)]
    events += [Added(index, piece) for piece in (text[:half], text[half:]) if piece]
    if isinstance(part, Text):
        events += [Cited(index, citation) for citation in part.citations]
    if isinstance(part, Thinking) and part.seal:
        events.append(Sealed(index, part.seal))
    return [*events, Closed(index)]


def _beginning(part: Part) -> tuple[Part, str]:
    """A part as it is opened, and the text that is to come."""
    if isinstance(part, ToolUse):
        return ToolUse(id=part.id, name=part.name, arguments="", custom=part.custom), part.arguments
    if isinstance(part, Text):
        return Text(text=""), part.text
    if isinstance(part, Refusal):
        return Refusal(text=""), part.text
    return (Thinking(), part.text) if isinstance(part, Thinking) else (part, "")


def _grow(part: Any, event: Added | Sealed | Cited) -> None:
    if isinstance(event, Sealed):
        part.seal = event.seal
    elif isinstance(event, Cited):
        part.citations = [*part.citations, event.citation]
    elif isinstance(part, ToolUse):
        part.arguments += event.text
    else:
        part.text += event.text
