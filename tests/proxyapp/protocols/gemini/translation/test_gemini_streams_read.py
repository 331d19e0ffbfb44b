"""Streams of generateContent answers, read."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Citation,
    Closed,
    Ended,
    Opened,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.gemini.translation.saying import chunk, fold, read_stream, sse
from tests.wire.transcripts import HERE

COUNTS = {"promptTokenCount": 7, "candidatesTokenCount": 9}
USAGE = TokenUsage(input=7, output=9)


def recorded(name: str) -> bytes:
    return (HERE / "gemini" / name / "stream.sse").read_bytes()


def last(**candidate: Any) -> dict[str, Any]:
    return {**chunk({"text": ""}, finishReason="STOP", **candidate), "usageMetadata": COUNTS}


def test_it_works() -> None:
    assert read_stream(recorded("stream")) == [
        Begun(TokenUsage(input=7)),
        Opened(0, Text("")),
        Added(0, "Hello, "),
        Added(0, "世界!"),
        Added(0, "\nBye."),
        Closed(0),
        Ended("end", USAGE),
    ]


def test_thinking_and_the_seal_of_a_text() -> None:
    events = read_stream(recorded("thinking"))
    assert events[1:-1] == [
        Opened(0, Thinking()),
        Added(0, "**Thinking**\nabout 6 × 7"),
        Closed(0),
        Opened(1, Thinking()),
        Sealed(1, Seal(origin="gemini", value="2kJwUjOZ5UTcMwXXLb8q7qe7Bi4W3oOZCw")),
        Closed(1),
        Opened(2, Text("")),
        Added(2, "42"),
        Closed(2),
    ]


def test_calls_come_whole() -> None:
    answer = fold(read_stream(recorded("tools")))
    assert answer.stop == "tool_use"
    assert answer.parts == [
        Text("I will use a tool."),
        Thinking(seal=Seal(origin="gemini", value="CpQBAXLI2nx")),
        ToolUse("719a0b91", "get_weather", '{"city":"Paris","unit":"°C"}'),
        ToolUse("f26fabba", "get_weather", '{"city":"Rome"}'),
    ]


@pytest.mark.parametrize("name", ["stream", "thinking", "tools", "cache", "error_in_stream"])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_any_chunking_gives_the_same_events(name: str, size: int) -> None:
    assert read_stream(recorded(name), size) == read_stream(recorded(name))


def test_a_seal_in_the_middle_of_a_text() -> None:
    events = read_stream(sse(chunk({"text": "a"}), chunk({"text": "b", "thoughtSignature": "c2ln"}), last()))
    assert fold(events).parts == [
        Text("a"),
        Thinking(seal=Seal(origin="gemini", value="c2ln")),
        Text("b"),
    ]


def test_the_end_waits_for_the_usage() -> None:
    reader = TRANSLATOR.read_stream()
    events = reader.feed(sse(chunk({"text": "a"}, finishReason="MAX_TOKENS")))
    assert not any(isinstance(event, Ended) for event in events)
    assert reader.feed(sse({"usageMetadata": COUNTS})) == [Closed(0), Ended("length", USAGE)]
    assert reader.end() == []


def test_the_end_comes_without_usage_too() -> None:
    assert read_stream(sse(chunk({"text": "a"}, finishReason="STOP")))[-1] == Ended("end")


def test_an_event_without_its_blank_line_counts() -> None:
    assert read_stream(sse(last())[:-4])[-1] == Ended("end", USAGE)


def test_a_stream_that_breaks_off_has_no_end() -> None:
    events = read_stream(recorded("error_in_stream"))
    assert events == [Begun(TokenUsage(input=7, output=1)), Opened(0, Text("")), Added(0, "Hel")]


def test_a_prompt_that_was_blocked() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 7}}
    assert fold(read_stream(sse(blocked))) == Answer([], "filter", TokenUsage(input=7))


def test_sources_of_the_text_that_is_open() -> None:
    support = {"segment": {"startIndex": 7, "endIndex": 10}, "groundingChunkIndices": [0, 5]}
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://example.com/"}}],
        "groundingSupports": [support],
    }
    data = sse(
        chunk({"text": "Über"}),
        chunk({"text": ": dry."}, groundingMetadata=grounding),
        last(groundingMetadata=grounding),
    )
    cited = Citation(url="https://example.com/", start=6, end=9)
    assert fold(read_stream(data)).parts == [Text("Über: dry.", citations=[cited])]


def test_broken_and_unknown_events_are_skipped() -> None:
    rubbish = b"data: {broken\r\n\r\n: comment\r\n\r\nevent: x\r\n\r\ndata: [1]\r\n\r\n"
    others = sse({"candidates": 5}, {}, {"news": []}, {"candidates": [{"index": 1, "finishReason": "STOP"}]})
    data = rubbish + others + sse(chunk({"text": "a"}, {"news": 1}, {}), last())
    assert fold(read_stream(data)) == Answer([Text("a")], "end", USAGE)


def test_nothing_is_read_after_the_end() -> None:
    assert read_stream(sse(last(), last()))[-1] == Ended("end", USAGE)
    assert len(read_stream(sse(last(), last()))) == 2


def test_an_event_that_is_too_large_ends_the_reading() -> None:
    reader = TRANSLATOR.read_stream()
    assert reader.feed(b"data: " + b"x" * (1 << 24)) == []
    assert reader.feed(sse(last())) == []
    assert reader.end() == []


def test_media_come_whole() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    [part] = fold(read_stream(sse(chunk(image), last()))).parts
    assert msgspec.structs.asdict(part)["data"] == "aGk="
