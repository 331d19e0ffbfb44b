"""Streams as Anthropic sends them."""

from pathlib import Path
from typing import Any

import pytest

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Refusal,
    Seal,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.sse import write_event
from proxyapp.usage import TokenUsage
from tests import wire
from tests.support.canonical import fold

RECORDED = Path(wire.__path__[0]) / "anthropic"


def read(*events: Any) -> list[Event]:
    """What these events tell."""
    reader = TRANSLATOR.read_stream()
    read = [event for data in events for event in reader.feed(write_event(data, name=data["type"]))]
    return [*read, *reader.end()]


def begin(**block: Any) -> dict[str, Any]:
    """The beginning of a block, the first."""
    return {"type": "content_block_start", "index": 0, "content_block": block}


def more(kind: str, **delta: Any) -> dict[str, Any]:
    """A piece of it."""
    return {"type": "content_block_delta", "index": 0, "delta": {"type": kind, **delta}}


START = {"type": "message_start", "message": {"usage": {"input_tokens": 10, "output_tokens": 1}}}
CLOSE = {"type": "content_block_stop", "index": 0}
DONE = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}
STOP = {"type": "message_stop"}


def test_it_works() -> None:
    events = read(START, begin(type="text", text=""), more("text_delta", text="hi"), CLOSE, DONE, STOP)
    assert events == [
        Begun(TokenUsage(input=10, output=1)),
        Opened(0, Text("")),
        Added(0, "hi"),
        Closed(0),
        Ended("end", TokenUsage(input=10, output=7)),
    ]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "thinking",
            Answer(
                [
                    Thinking(
                        "Let me think: 6 × 7\nis 42.",
                        Seal("anthropic", "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds"),
                    ),
                    Thinking(
                        seal=Seal(
                            "anthropic", "EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP"
                        ),
                        redacted=True,
                    ),
                    Text("42"),
                ],
                "end",
                TokenUsage(input=44, output=60, reasoning=51),
            ),
        ),
        ("server_tool", Answer([Text("Sunny.")], "end", TokenUsage(input=10682, output=510))),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_recorded_streams(name: str, answer: Answer, size: int) -> None:
    data = (RECORDED / name / "stream.sse").read_bytes()
    reader = TRANSLATOR.read_stream()
    read = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    assert fold([*read, *reader.end()]) == answer


def test_a_call_comes_in_pieces() -> None:
    call = begin(type="tool_use", id="t", name="f", input={})
    pieces = [more("input_json_delta", partial_json=text) for text in ("", '{"a"', ":1}")]
    answer = fold(read(START, call, *pieces, CLOSE, DONE, STOP))
    assert answer.parts == [ToolUse("t", "f", '{"a":1}')]


@pytest.mark.parametrize(("input_", "arguments"), [({}, "{}"), ({"a": 1}, '{"a":1}')])
def test_a_call_without_pieces_was_whole_when_it_began(input_: Any, arguments: str) -> None:
    call = begin(type="tool_use", id="t", name="f", input=input_)
    assert fold(read(START, call, CLOSE, DONE, STOP)).parts == [ToolUse("t", "f", arguments)]


def test_sources_come_with_their_text() -> None:
    citation = {"type": "char_location", "document_title": "D", "cited_text": "q", "document_index": 0}
    block = begin(type="text", text="")
    events = read(START, block, more("citations_delta", citation=citation), CLOSE, DONE, STOP)
    assert events[2] == Cited(0, Citation(title="D", quote="q"))


def test_pings_and_whatever_is_unknown_or_broken_is_skipped() -> None:
    reader = TRANSLATOR.read_stream()
    noise = b': comment\n\nevent: ping\ndata: {"type":"ping"}\n\ndata: {\n\ndata: []\n\ndata: {"type":5}\n\n'
    noise += b'data: \xff\n\nevent: new\ndata: {"type":"new","delta":{"text":"?"}}\n\ndata:\n\n'
    stray = write_event({**more("text_delta", text="lost"), "index": 9})
    unread = write_event({**begin(type="new"), "index": 8})
    text = b"".join(map(write_event, [begin(type="text", text=""), more("text_delta", text="a")]))
    data = [write_event(START), text, stray, unread, more("new_delta"), CLOSE, DONE, STOP]
    pieces = [item if isinstance(item, bytes) else write_event(item) for item in data]
    read = reader.feed(noise + noise.join(pieces))
    assert fold(read).parts == [Text("a")]


def test_what_is_written_out_as_null_is_not_there() -> None:
    nothing = dict.fromkeys(["text", "thinking", "partial_json", "signature", "data", "id", "name", "input"])
    whole = dict.fromkeys(["index", "content_block", "usage"])
    first = begin(**nothing | {"type": "text", "text": ""})
    events = [first, more("text_delta", **nothing | {"text": "a"}), whole | DONE, whole | STOP]
    assert fold(read(START, *events)) == Answer([Text("a")], "end", TokenUsage(input=10, output=7))


def test_what_was_left_open_is_closed() -> None:
    assert fold(read(START, begin(type="text", text="hi"), DONE, STOP)).parts == [Text("hi")]


def test_a_beginning_that_is_missing_is_made_up_for() -> None:
    assert fold(read(begin(type="text", text="hi"), CLOSE, STOP)).parts == [Text("hi")]


def test_a_last_event_without_its_blank_line_counts() -> None:
    reader = TRANSLATOR.read_stream()
    reader.feed(write_event(START))
    assert reader.feed(write_event(STOP).rstrip()) == []
    assert isinstance(reader.end()[-1], Ended)


def test_a_stream_that_breaks_off_has_no_end() -> None:
    assert not any(isinstance(event, Ended) for event in read(START, begin(type="text", text="hi"), DONE))


def test_a_later_report_does_not_take_the_reason_back() -> None:
    capped = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}
    later = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 9}}
    answer = fold(read(START, capped, later, STOP))
    assert (answer.stop, answer.usage) == ("length", TokenUsage(input=10, output=9))


def test_nothing_follows_the_end() -> None:
    assert len(read(START, STOP, begin(type="text", text="hi"), STOP)) == 2


def test_an_error_is_not_an_answer() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert len(read(START, error)) == 1


def test_why_it_was_refused() -> None:
    details = {"type": "refusal", "category": None, "explanation": "Not this."}
    refused = {"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": details}}
    answer = fold(read(START, refused, STOP))
    assert (answer.parts, answer.stop) == ([Refusal("Not this.")], "refusal")


def test_reports_that_cannot_be_true_are_none() -> None:
    lie = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": -7}}
    assert fold(read(START, lie, DONE, STOP)).usage is None
