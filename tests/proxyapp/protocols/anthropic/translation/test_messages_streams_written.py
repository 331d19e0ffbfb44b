"""Streams for a Messages client, from providers that do not do as Anthropic does."""

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
    Media,
    Opened,
    Part,
    Refusal,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.sse import Events, payload_of
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.anthropic.translation.vocabulary import FRAME, decoded
from tests.support.canonical import fold

END = Ended("end", TokenUsage(input=10, output=7))


def write(*events: Event) -> bytes:
    """The stream for these events, written one by one."""
    writer = TRANSLATOR.write_stream(FRAME)
    return b"".join([writer.write([event]) for event in events])


def told(*events: Event) -> list[Part]:
    """The parts that a client makes of it; its blocks must be numbered without gaps and never overlap."""
    payloads = [decoded(payload_of(lines)) for lines in Events().feed(write(*events))]
    marks = [(item["type"], item["index"]) for item in payloads if item["type"].startswith("content_block_s")]
    blocks = range(len(marks) // 2)
    assert marks == [(f"content_block_{mark}", at) for at in blocks for mark in ("start", "stop")]
    return fold(TRANSLATOR.read_stream().feed(write(*events))).parts


def test_it_works() -> None:
    stream = write(Begun(), Opened(0, Text("")), Added(0, 'h"i'), Closed(0), END)
    assert [decoded(payload_of(lines)) for lines in Events().feed(stream)] == [
        {
            "type": "message_start",
            "message": {
                "id": f"msg_{FRAME.call_id}",
                "type": "message",
                "role": "assistant",
                "model": "claude-x",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": usage(0, 0),
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 'h"i'}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": usage(10, 7),
        },
        {"type": "message_stop"},
    ]


def usage(input_: int, output: int) -> dict[str, Any]:
    """A report of these counters."""
    return {
        "input_tokens": input_,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
    }


def test_every_event_is_named_as_its_type() -> None:
    stream = write(Begun(), Opened(0, Text("")), Added(0, "hi"), END)
    for event in stream.decode().split("\n\n")[:-1]:
        name, data = event.split("\n")
        assert decoded(data.removeprefix("data: ").encode())["type"] == name.removeprefix("event: ")


CALL = ToolUse("a", "f", "")
OTHER = ToolUse("b", "g", "")


@pytest.mark.parametrize(
    ("events", "parts"),
    [
        # Texts that overlap give way to each other.
        (
            [
                Opened(0, Text("")),
                Added(0, "a"),
                Opened(1, Thinking()),
                Added(1, "b"),
                Added(0, "c"),
                Closed(1),
            ],
            [Text("a"), Thinking("b"), Text("c")],
        ),
        # A call is never cut in two: what comes while it is open waits.
        (
            [
                Opened(0, CALL),
                Added(0, '{"a"'),
                Opened(1, OTHER),
                Added(1, "{"),
                Opened(2, Text("")),
                Added(2, "x"),
                Added(0, ":1}"),
                Added(1, "}"),
                Closed(0),
                Closed(1),
                Closed(2),
            ],
            [ToolUse("a", "f", '{"a":1}'), ToolUse("b", "g", "{}"), Text("x")],
        ),
        # The same where nothing is ever closed.
        (
            [Opened(0, CALL), Opened(1, OTHER), Added(0, "{}"), Opened(2, Text("x")), Added(1, '{"b":2}')],
            [ToolUse("a", "f", "{}"), ToolUse("b", "g", '{"b":2}'), Text("x")],
        ),
        # Nothing empty is written.
        ([Opened(0, Text("")), Closed(0), Opened(1, Thinking()), Closed(1)], []),
        # What belongs to no open part is left out.
        ([Added(5, "x"), Closed(5), Opened(0, Text("a")), Closed(0), Added(0, "x")], [Text("a")]),
    ],
)
def test_parts_that_overlap_come_one_after_the_other(events: list[Event], parts: list[Part]) -> None:
    assert told(Begun(), *events, END) == parts


@pytest.mark.parametrize(
    ("events", "part"),
    [
        ([Opened(0, Refusal("")), Added(0, "No.")], Text("No.")),
        ([Opened(0, Media("image", url="https://h"))], Text("[image](https://h)")),
        ([Opened(0, Thinking("", Seal("anthropic", "s")))], Thinking("", Seal("anthropic", "s"))),
        (
            [Opened(0, Thinking(redacted=True)), Sealed(0, Seal("anthropic", "s"))],
            Thinking(seal=Seal("anthropic", "s"), redacted=True),
        ),
        (
            [Opened(0, Thinking()), Added(0, "a"), Sealed(0, Seal("gemini", "s"))],
            Thinking("a", Seal("anthropic", "tollgate:gemini:s")),
        ),
        (
            [Opened(0, ToolUse("a", "f", "", custom=True)), Added(0, "free "), Added(0, '"text"')],
            ToolUse("a", "f", '{"input":"free \\"text\\""}'),
        ),
        ([Opened(0, ToolUse("a", "f", '{"a":1}'))], ToolUse("a", "f", '{"a":1}')),
        (
            [Opened(0, Text("a", citations=[Citation("https://h")])), Cited(0, Citation("https://i"))],
            Text("a", citations=[Citation("https://h"), Citation("https://i")]),
        ),
    ],
)
def test_parts_of_other_providers(events: list[Event], part: Part) -> None:
    assert told(Begun(), *events, Closed(0), END) == [part]


def test_many_calls_at_once() -> None:
    many = range(2_000)
    opened = [Opened(at, ToolUse(str(at), "f", "")) for at in many]
    grown = [Added(at, "{}") for at in many]
    answer = fold(TRANSLATOR.read_stream().feed(write(Begun(), *opened, *grown, END)))
    assert answer == Answer([ToolUse(str(at), "f", "{}") for at in many], "end", END.usage)


def test_a_beginning_that_is_missing_is_made_up_for() -> None:
    assert write(Opened(0, Text("hi")), END).startswith(b"event: message_start\n")


def test_nothing_follows_the_end() -> None:
    assert write(Begun(), END) == write(Begun(), END, Opened(0, Text("hi")), END)


def test_an_end_without_a_report_takes_nothing_back() -> None:
    stream = write(Begun(TokenUsage(input=10, output=1)), Ended("end"))
    assert fold(TRANSLATOR.read_stream().feed(stream)).usage == TokenUsage(input=10, output=1)
