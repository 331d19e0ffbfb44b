"""Streams for clients of Responses: all events in order, and whole."""

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
    Part,
    Refusal,
    Seal,
    Sealed,
    Stop,
    Text,
    Thinking,
    Tool,
    ToolUse,
)
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_responses.translation.saying import (
    CALL_ID,
    frame,
    offering,
    written_stream,
)


def kinds(events: list[Any]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def stream(*events: Event, tools: tuple[Tool, ...] = (), stop: Stop = "end") -> list[Any]:
    """What is written of these events, without the first two."""
    return written_stream([Begun(), *events, Ended(stop)], offering(*tools))[2:]


def part(what: Part, *texts: str, index: int = 0) -> list[Event]:
    return [Opened(index, what), *(Added(index, text) for text in texts), Closed(index)]


def test_it_works() -> None:
    usage = TokenUsage(input=3, output=2)
    events = written_stream([Begun(), *part(Text(text=""), "Hel", "lo"), Ended("end", usage)])
    assert kinds(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(10))
    assert events[4] == {
        "type": "response.output_text.delta",
        "item_id": f"msg_{CALL_ID}_0",
        "output_index": 0,
        "content_index": 0,
        "logprobs": [],
        "delta": "Hel",
        "sequence_number": 4,
    }
    whole = events[-1]["response"]
    assert (whole["id"], whole["status"]) == (f"resp_{CALL_ID}", "completed")
    assert whole["output"] == [events[-2]["item"]]
    assert whole["output"][0]["content"][0]["text"] == "Hello"
    assert whole["usage"]["total_tokens"] == 5
    assert events[0]["response"]["status"] == "in_progress"


def test_every_event_is_named_as_its_type() -> None:
    written = TRANSLATOR.write_stream(frame()).write([*part(Text(text=""), "a"), Ended("end")])
    for event in written.removesuffix(b"\n\n").split(b"\n\n"):
        name, data = event.split(b"\n")
        assert b'"type":"%b"' % name.removeprefix(b"event: ") in data


def test_thinking() -> None:
    seal = Seal(origin="anthropic", value="EqQB")
    events = stream(Opened(0, Thinking()), Added(0, "h"), Added(0, "m"), Sealed(0, seal), Closed(0))
    assert kinds(events)[:-1] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert events[-2]["item"] == {
        "id": f"rs_{CALL_ID}_0",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "hm"}],
        "encrypted_content": "tollgate:anthropic:EqQB",
    }


def test_a_seal_without_a_text() -> None:
    events = stream(Opened(0, Thinking(seal=Seal(origin="gemini", value="aGk="))), Closed(0))
    assert kinds(events)[:-1] == ["output_item.added", "output_item.done"]
    assert events[1]["item"]["summary"] == []
    assert events[1]["item"]["encrypted_content"] == "tollgate:gemini:aGk="


def test_a_call() -> None:
    events = stream(*part(ToolUse(id="c1", name="ls", arguments=""), '{"a"', ":1}"), stop="tool_use")
    assert kinds(events) == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    assert events[0]["item"]["arguments"] == ""
    assert (events[0]["item"]["status"], events[0]["item"]["call_id"]) == ("in_progress", "c1")
    assert events[3]["arguments"] == '{"a":1}'
    assert events[4]["item"]["arguments"] == '{"a":1}'


def test_a_call_without_arguments() -> None:
    events = stream(*part(ToolUse(id="c1", name="ls", arguments="")))
    assert [event.get("delta") for event in events][1] == "{}"
    assert events[3]["item"]["arguments"] == "{}"


def test_a_custom_tool_that_was_called_as_a_function() -> None:
    tool = Tool(name="patch", custom=True)
    events = stream(
        *part(ToolUse(id="c1", name="patch", arguments=""), '{"inp', 'ut":"+\\nx"}'), tools=(tool,)
    )
    assert kinds(events)[:-1] == [
        "output_item.added",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "output_item.done",
    ]
    assert events[0]["item"]["input"] == ""
    assert (events[1]["delta"], events[2]["input"], events[3]["item"]["input"]) == ("+\nx",) * 3


def test_a_custom_tool_that_was_called_with_text() -> None:
    tool = Tool(name="patch", custom=True)
    events = stream(*part(ToolUse(id="c1", name="patch", arguments="", custom=True), "+", "x"), tools=(tool,))
    assert [event["delta"] for event in events if "delta" in event] == ["+", "x"]


def test_a_tool_of_a_namespace() -> None:
    tool = Tool(name="spawn", namespace="agents")
    events = stream(*part(ToolUse(id="c1", name="agents__spawn", arguments=""), "{}"), tools=(tool,))
    for event in (events[0], events[-2]):
        assert (event["item"]["name"], event["item"]["namespace"]) == ("spawn", "agents")


def test_texts_that_follow_each_other_are_one_message() -> None:
    events = stream(*part(Text(text=""), "a"), *part(Refusal(text=""), "b", index=1))
    assert kinds(events).count("output_item.added") == 1
    assert [event["content_index"] for event in events if event["type"].endswith(".delta")] == [0, 1]
    assert [one["type"] for one in events[-2]["item"]["content"]] == ["output_text", "refusal"]


def test_a_message_is_done_before_the_next_item_begins() -> None:
    events = stream(*part(Text(text=""), "a"), *part(ToolUse(id="c", name="n", arguments=""), "{}", index=1))
    assert kinds(events)[5:7] == ["output_item.done", "output_item.added"]


def test_citations() -> None:
    source = Citation(url="https://h", title="H")
    events = stream(Opened(0, Text(text="")), Added(0, "It"), Cited(0, source), Closed(0))
    note = {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 2}
    (told,) = [event for event in events if event["type"].endswith("annotation.added")]
    assert (told["annotation"], told["annotation_index"]) == (note, 0)
    assert events[-2]["item"]["content"][0]["annotations"] == [note]


def test_an_image() -> None:
    events = stream(Opened(0, Media(kind="image", media_type="image/png", data="aGk=")), Closed(0))
    assert kinds(events) == ["output_item.added", "output_item.done", "completed"]
    assert (events[0]["item"]["result"], events[1]["item"]["result"]) == (None, "aGk=")


def test_other_media_are_a_link() -> None:
    events = stream(Opened(0, Media(kind="image", url="https://h")), Closed(0))
    assert events[-2]["item"]["content"][0]["text"] == "https://h"


def test_parts_that_overlap_are_said_as_they_come() -> None:
    events = stream(
        Opened(0, Text(text="")),
        Added(0, "a"),
        Opened(1, ToolUse(id="c", name="n", arguments="")),
        Added(0, "b"),
        Added(1, "{}"),
        Closed(1),
        Closed(0),
    )
    assert [event["output_index"] for event in events if event["type"].endswith(".delta")] == [0, 0, 1]
    output = events[-1]["response"]["output"]
    assert output[0]["content"][0]["text"] == "ab"
    assert [item["status"] for item in output] == ["completed", "completed"]
    assert kinds(events).count("output_item.done") == 2


@pytest.mark.parametrize("what", [Text(text=""), ToolUse(id="c", name="n", arguments=""), Refusal(text="")])
def test_parts_that_were_never_closed_are_closed(what: Part) -> None:
    events = stream(Opened(0, what), Added(0, "a"), stop="length")
    assert kinds(events)[-2:] == ["output_item.done", "incomplete"]
    assert events[-2]["item"]["status"] == "incomplete"


def test_a_part_opened_anew_under_its_index() -> None:
    events = stream(Opened(0, Text(text="")), Added(0, "a"), *part(Text(text=""), "b"))
    assert [one["text"] for one in events[-2]["item"]["content"]] == ["a", "b"]


def test_what_a_part_holds_when_it_is_opened_is_not_lost() -> None:
    source = Citation(url="https://h")
    events = stream(
        *part(Text(text="a", citations=[source]), "b"),
        *part(ToolUse(id="c", name="n", arguments="{"), "}", index=1),
    )
    message, call = events[-1]["response"]["output"]
    assert message["content"][0]["text"] == "ab"
    assert len(message["content"][0]["annotations"]) == 1
    assert call["arguments"] == "{}"


def test_what_was_never_opened_is_nothing() -> None:
    events = stream(
        Added(5, "x"), Closed(5), Sealed(5, Seal(origin="gemini", value="x")), Cited(5, Citation())
    )
    assert kinds(events) == ["completed"]


@pytest.mark.parametrize(
    ("stop", "kind", "reason"),
    [
        ("tool_use", "completed", None),
        ("length", "incomplete", "max_output_tokens"),
        ("filter", "incomplete", "content_filter"),
        ("refusal", "incomplete", "content_filter"),
    ],
)
def test_stops(stop: Stop, kind: str, reason: str | None) -> None:
    (end,) = stream(stop=stop)
    assert end["type"] == f"response.{kind}"
    assert end["response"]["status"] == kind
    assert end["response"]["incomplete_details"] == ({"reason": reason} if reason else None)


def test_nothing_follows_the_end() -> None:
    writer = TRANSLATOR.write_stream(frame())
    writer.write([Begun(), Ended("end")])
    assert writer.write([*part(Text(text=""), "a"), Ended("end")]) == b""


def test_a_stream_that_breaks_off_has_no_end() -> None:
    assert (
        kinds(written_stream([Begun(), Opened(0, Text(text="")), Added(0, "a")]))[-1] == "output_text.delta"
    )
