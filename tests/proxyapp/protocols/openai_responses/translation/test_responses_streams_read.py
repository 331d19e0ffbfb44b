"""Streams of OpenAI's, as events between protocols."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Refusal,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_responses.translation.saying import fold, read_bytes, read_stream
from tests.wire.transcripts import HERE

CREATED = {"type": "response.created", "sequence_number": 0, "response": {"status": "in_progress"}}
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": []}}
USAGE = {"input_tokens": 3, "output_tokens": 2}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "ls", "arguments": ""}


def event(kind: str, **members: Any) -> Any:
    return {"type": f"response.{kind}", "output_index": 0, "item_id": "x", **members}


def message(*content: Any) -> Any:
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": list(content)}


def text(said: str, *notes: Any) -> Any:
    return {"type": "output_text", "text": said, "annotations": list(notes)}


def between(*events: Any) -> list[Event]:
    """What these events say, without the beginning and the end."""
    said = read_stream(CREATED, *events, COMPLETED)
    assert said[0] == Begun()
    assert isinstance(said[-1], Ended)
    return said[1:-1]


def test_it_works() -> None:
    said = read_stream(
        CREATED,
        event("output_item.added", item=message()),
        event("content_part.added", content_index=0, part=text("")),
        event("output_text.delta", content_index=0, delta="Hel", logprobs=[]),
        event("output_text.delta", content_index=0, delta="lo", logprobs=[]),
        event("output_text.done", content_index=0, text="Hello"),
        event("content_part.done", content_index=0, part=text("Hello")),
        event("output_item.done", item=message(text("Hello"))),
        {"type": "response.completed", "response": {"status": "completed", "usage": USAGE}},
    )
    assert said == [
        Begun(),
        Opened(0, Text(text="")),
        Added(0, "Hel"),
        Added(0, "lo"),
        Closed(0),
        Ended("end", TokenUsage(input=3, output=2)),
    ]


def test_a_call() -> None:
    assert between(
        event("output_item.added", item=CALL),
        event("function_call_arguments.delta", delta='{"a"'),
        event("function_call_arguments.delta", delta=":1}"),
        event("output_item.done", item={**CALL, "arguments": '{"a":1}'}),
    ) == [
        Opened(0, ToolUse(id="c1", name="ls", arguments="")),
        Added(0, '{"a"'),
        Added(0, ":1}"),
        Closed(0),
    ]


def test_a_call_of_a_custom_tool() -> None:
    item = {"type": "custom_tool_call", "call_id": "c1", "name": "patch", "input": ""}
    assert between(
        event("output_item.added", item=item),
        event("custom_tool_call_input.delta", delta="+x"),
        event("output_item.done", item={**item, "input": "+x"}),
    ) == [Opened(0, ToolUse(id="c1", name="patch", arguments="", custom=True)), Added(0, "+x"), Closed(0)]


def test_reasoning() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "partial"}
    summary = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    assert between(
        event("output_item.added", item=item),
        event("reasoning_summary_part.added", summary_index=0),
        event("reasoning_summary_text.delta", summary_index=0, delta="a"),
        event("reasoning_summary_part.added", summary_index=1),
        event("reasoning_summary_text.delta", summary_index=1, delta="b"),
        event("output_item.done", item={**item, "summary": summary, "encrypted_content": "gAAA"}),
    ) == [
        Opened(0, Thinking()),
        Added(0, "a"),
        Added(0, "\n\n"),
        Added(0, "b"),
        Sealed(0, Seal(origin="openai_responses", value="gAAA")),
        Closed(0),
    ]


def test_of_thinking_and_its_summary_the_first_counts() -> None:
    assert between(
        event("reasoning_text.delta", content_index=0, delta="hm"),
        event("reasoning_summary_text.delta", summary_index=0, delta="a"),
    ) == [Opened(0, Thinking()), Added(0, "hm"), Closed(0)]


def test_a_refusal() -> None:
    said = read_stream(CREATED, event("refusal.delta", content_index=0, delta="No."), COMPLETED)
    assert said[1:] == [Opened(0, Refusal(text="")), Added(0, "No."), Closed(0), Ended("refusal")]


def test_citations_are_told_once() -> None:
    note = {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 2}
    later = {**note, "url": "https://i"}
    assert between(
        event("output_text.delta", content_index=0, delta="Hi"),
        event("output_text.annotation.added", content_index=0, annotation=note),
        event("output_item.done", item=message(text("Hi", note, later))),
    )[2:] == [
        Cited(0, Citation(url="https://h", title="H", start=0, end=2)),
        Cited(0, Citation(url="https://i", title="H", start=0, end=2)),
        Closed(0),
    ]


def test_items_that_come_without_deltas() -> None:
    assert between(
        event("output_item.done", item={"type": "reasoning", "summary": [{"text": "hm"}]}),
        event(
            "output_item.done", output_index=1, item=message(text("a"), {"type": "refusal", "refusal": "b"})
        ),
        event("output_item.done", output_index=2, item={**CALL, "arguments": "{}"}),
        event("output_item.done", output_index=3, item={"type": "image_generation_call", "result": "aGk="}),
    ) == [
        Opened(0, Thinking()),
        Added(0, "hm"),
        Closed(0),
        Opened(1, Text(text="")),
        Added(1, "a"),
        Opened(2, Refusal(text="")),
        Added(2, "b"),
        Closed(1),
        Closed(2),
        Opened(3, ToolUse(id="c1", name="ls", arguments="")),
        Added(3, "{}"),
        Closed(3),
        Opened(4, Media(kind="image", media_type="image/png", data="aGk=")),
        Closed(4),
    ]


def test_what_only_the_last_event_holds() -> None:
    whole = {"status": "completed", "output": [message(text("Hi")), {**CALL, "arguments": "{}"}]}
    said = read_stream(CREATED, {"type": "response.completed", "response": whole})
    assert [type(one).__name__ for one in said] == [
        "Begun",
        *("Opened", "Added", "Closed") * 2,
        "Ended",
    ]
    assert said[-1] == Ended("tool_use")


def test_items_counted_from_another_number_are_not_told_twice() -> None:
    done = event("output_item.done", output_index=1, item=message(text("Hi")))
    whole = {"status": "completed", "output": [message(text("Hi"))]}
    said = read_stream(CREATED, done, {"type": "response.completed", "response": whole})
    assert fold(said).parts == [Text(text="Hi")]


@pytest.mark.parametrize(
    "late",
    [
        event("output_text.delta", content_index=0, delta="x"),
        event("reasoning_summary_text.delta", summary_index=0, delta="x"),
        event("output_item.added", item=CALL),
        event("output_item.done", item=message(text("x"))),
    ],
)
def test_what_comes_for_an_item_that_is_done_is_too_late(late: Any) -> None:
    said = between(event("output_item.done", item=message(text("Hi"))), late)
    assert said == [Opened(0, Text(text="")), Added(0, "Hi"), Closed(0)]


def test_an_item_begins_once() -> None:
    begins = event("output_item.added", item=CALL)
    assert len(between(begins, begins)) == 2


def test_items_may_overlap() -> None:
    said = between(
        event("output_item.added", item=CALL),
        event("output_item.added", output_index=1, item={**CALL, "call_id": "c2"}),
        event("function_call_arguments.delta", output_index=1, delta="b"),
        event("function_call_arguments.delta", delta="a"),
    )
    assert said[2:] == [Added(1, "b"), Added(0, "a"), Closed(0), Closed(1)]


def test_an_incomplete_answer() -> None:
    whole = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
    assert read_stream(CREATED, {"type": "response.incomplete", "response": whole})[-1] == Ended("filter")


@pytest.mark.parametrize("response", [None, 5, {"output": 5}, {"usage": {"input_tokens": -1}}])
def test_an_end_that_holds_nothing_is_an_end(response: Any) -> None:
    assert read_stream(CREATED, {"type": "response.completed", "response": response}) == [
        Begun(),
        Ended("end"),
    ]


@pytest.mark.parametrize("kind", ["response.failed", "error", "response.queued", "keepalive"])
def test_a_stream_that_was_not_finished_does_not_end(kind: str) -> None:
    assert read_stream(CREATED, {"type": kind, "response": {"error": {"message": "x"}}}) == [Begun()]


def test_nothing_follows_the_end() -> None:
    assert read_stream(CREATED, COMPLETED, event("output_text.delta", delta="x"))[-1] == Ended("end")


@pytest.mark.parametrize(
    "broken",
    [
        b"data: {\n\n",
        b"data: 5\n\n",
        b'data: {"type":"response.output_text.delta","delta":5}\n\n',
        b'data: {"type":"response.output_item.done","item":5}\n\n',
        b'data: {"type":"response.output_text.annotation.added","annotation":{}}\n\n',
        b": comment\n\n",
    ],
)
def test_what_is_broken_is_skipped(broken: bytes) -> None:
    created = b'data: {"type":"response.created"}\n\n'
    assert read_bytes(created + broken) == [Begun()]


def test_the_last_event_may_lack_its_blank_line() -> None:
    assert read_bytes(b'data: {"type":"response.completed","response":{}}') == [Begun(), Ended("end")]


@pytest.mark.parametrize("name", ["stream", "reasoning", "tools", "incomplete"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_recorded_streams_in_pieces(name: str, size: int) -> None:
    data = (HERE / "openai_responses" / name / "stream.sse").read_bytes()
    reader = TRANSLATOR.read_stream()
    events = [one for at in range(0, len(data), size) for one in reader.feed(data[at : at + size])]
    assert events + reader.end() == read_bytes(data)
    assert isinstance(events[-1], Ended)
    assert events[-1].usage
