"""Streams of generateContent answers, written."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from proxyapp.errors import Problem
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
    Reasoning,
    Refusal,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.gemini import CODEC
from proxyapp.protocols.gemini.array import Elements
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask
from tests.proxyapp.protocols.gemini.translation.saying import (
    CALL_ID,
    FRAME,
    MODEL,
    fold,
    read_stream,
    sse,
    streamed,
)

USAGE = TokenUsage(input=7, output=9)
FOREIGN = Seal(origin="anthropic", value="EqQB")


def parts_of(*events: Event) -> list[Any]:
    """The parts of all chunks but the last, which ends the answer."""
    chunks = streamed(*events, Ended("end"))
    return [part for chunk in chunks[:-1] for part in chunk["candidates"][0]["content"]["parts"]]


def test_it_works() -> None:
    data = TRANSLATOR.write_stream(FRAME).write(
        [Begun(), Opened(0, Text("")), Added(0, 'Hé "'), Closed(0), Ended("end", USAGE)]
    )
    about = {"modelVersion": MODEL, "responseId": CALL_ID}
    said = {"content": {"parts": [{"text": 'Hé "'}], "role": "model"}, "index": 0}
    ended = {
        "content": {"parts": [{"text": ""}], "role": "model"},
        "finishReason": "STOP",
        "index": 0,
    }
    counts = {"promptTokenCount": 7, "candidatesTokenCount": 9, "totalTokenCount": 16}
    assert data == sse(
        {"candidates": [said], **about}, {"candidates": [ended], "usageMetadata": counts, **about}
    )


def test_an_array_where_the_client_did_not_ask_for_events() -> None:
    writer = TRANSLATOR.write_stream(replace(FRAME, sse=False))
    begun = writer.write([Opened(0, Text("")), Added(0, "a"), Added(0, "b")])
    ended = writer.write([Closed(0), Ended("end", USAGE)])
    assert [each["candidates"][0].get("finishReason") for each in msgspec.json.decode(begun + ended)] == [
        None,
        None,
        "STOP",
    ]
    assert len(Elements().feed(begun + ended)) == 3


def test_an_error_ends_the_array() -> None:
    call = ask(CODEC, {}, verb="streamGenerateContent")
    begun = TRANSLATOR.write_stream(replace(FRAME, sse=False)).write([Opened(0, Text("a"))])
    failure = CODEC.fail_stream(Problem(status=502, code="upstream_failed", message="Gone."), "trace", call)
    assert "error" in msgspec.json.decode(begun + failure)[1]


def test_an_error_ends_an_array_in_which_nothing_was_to_be_told_yet() -> None:
    call = ask(CODEC, {}, verb="streamGenerateContent")
    writer = TRANSLATOR.write_stream(replace(FRAME, sse=False))
    begun = writer.write([Begun(), Opened(0, ToolUse("call_1", "look", "")), Added(0, '{"at":')])
    failure = CODEC.fail_stream(Problem(status=502, code="upstream_failed", message="Gone."), "trace", call)
    assert "error" in msgspec.json.decode(begun + failure)[-1]


def test_thoughts() -> None:
    assert parts_of(Opened(0, Thinking()), Added(0, "Hm."), Closed(0)) == [{"text": "Hm.", "thought": True}]


@pytest.mark.parametrize("reasoning", [None, Reasoning(effort="high"), Reasoning(shown=False)])
def test_thoughts_are_shown_only_to_who_asks_for_them(reasoning: Reasoning | None) -> None:
    frame = replace(FRAME, question=replace(FRAME.question, reasoning=reasoning))
    thinking: list[Event] = [Opened(0, Thinking()), Added(0, "Hm."), Sealed(0, FOREIGN), Closed(0)]
    events: list[Event] = [*thinking, Opened(1, Text("")), Added(1, "42"), Closed(1), Ended("end")]
    parts = [each["candidates"][0]["content"]["parts"][0] for each in streamed(*events, frame=frame)]
    assert parts == [{"text": "42", "thoughtSignature": "dG9sbGdhdGU6YW50aHJvcGljOkVxUUI="}, {"text": ""}]


def test_a_call_waits_until_it_is_whole() -> None:
    writer = TRANSLATOR.write_stream(FRAME)
    assert writer.write([Opened(0, ToolUse("call_1", "look", "")), Added(0, '{"at":')]) == b""
    assert writer.write([Added(0, '"sky"}')]) == b""
    assert b'"args":{"at":"sky"}' in writer.write([Closed(0)])


def test_calls_that_overlap_or_are_never_closed() -> None:
    parts = parts_of(
        Opened(0, ToolUse("a", "look", "")),
        Opened(1, ToolUse("b", "hear", "")),
        Added(1, '{"x":'),
        Added(0, "{}"),
        Added(1, "1}"),
        Closed(1),
    )
    assert [part["functionCall"] for part in parts] == [
        {"id": "b", "name": "hear", "args": {"x": 1}},
        {"id": "a", "name": "look", "args": {}},
    ]


def test_texts_that_overlap() -> None:
    opened: list[Event] = [Opened(0, Text("")), Opened(1, Thinking())]
    parts = parts_of(*opened, Added(0, "a"), Added(1, "b"), Added(0, "c"), Added(7, "nowhere"), Closed(9))
    assert parts == [{"text": "a"}, {"text": "b", "thought": True}, {"text": "c"}]


def test_a_foreign_seal_is_on_the_first_piece_of_what_follows() -> None:
    thought: list[Event] = [Opened(0, Thinking()), Added(0, "Hm."), Sealed(0, FOREIGN), Closed(0)]
    parts = parts_of(*thought, Opened(1, Text("")), Added(1, "a"), Added(1, "b"))
    assert ["thoughtSignature" in part for part in parts] == [False, True, False]


def test_a_seal_before_a_call_is_on_the_call() -> None:
    sealed: list[Event] = [Opened(0, Thinking()), Sealed(0, Seal(origin="gemini", value="c2ln")), Closed(0)]
    [part] = parts_of(*sealed, Opened(1, ToolUse("a", "look", "")))
    assert part["thoughtSignature"] == "c2ln"


def test_a_seal_that_nothing_follows() -> None:
    [ended] = streamed(Opened(0, Thinking(seal=FOREIGN)), Closed(0), Ended("end"))
    assert "thoughtSignature" in ended["candidates"][0]["content"]["parts"][0]


def test_hidden_thoughts_stay_hidden() -> None:
    hidden: list[Event] = [
        Opened(0, Thinking(redacted=True)),
        Added(0, "secret"),
        Sealed(0, FOREIGN),
        Closed(0),
    ]
    data = TRANSLATOR.write_stream(FRAME).write([*hidden, Opened(1, Text("a")), Closed(1), Ended("end")])
    assert b"secret" not in data
    assert fold(read_stream(data)).parts == [Thinking(seal=FOREIGN, redacted=True), Text("a")]


def test_refusals_and_media() -> None:
    picture = Media("image", media_type="image/png", data="aGk=")
    parts = parts_of(Opened(0, Refusal("")), Added(0, "No."), Closed(0), Opened(1, picture), Closed(1))
    assert parts == [{"text": "No."}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}}]


def test_sources_come_with_the_end() -> None:
    cited = Citation(url="https://example.com/", start=1, end=3)
    [_, ended] = streamed(Opened(0, Text("")), Added(0, "über"), Cited(0, cited), Closed(0), Ended("end"))
    [support] = ended["candidates"][0]["groundingMetadata"]["groundingSupports"]
    assert support["segment"] == {"partIndex": 0, "startIndex": 2, "endIndex": 4, "text": "be"}


def test_sources_come_before_another_part() -> None:
    cited = Cited(0, Citation(url="https://example.com/"))
    chunks = streamed(
        Opened(0, Text("a")),
        cited,
        Closed(0),
        Opened(1, ToolUse("a", "look", "")),
        Closed(1),
        Ended("tool_use"),
    )
    assert ["groundingMetadata" in chunk["candidates"][0] for chunk in chunks] == [False, True, False, False]


def test_nothing_is_written_after_the_end() -> None:
    writer = TRANSLATOR.write_stream(FRAME)
    assert writer.write([Ended("end"), Opened(0, Text("late"))]).count(b"data: ") == 1
    assert writer.write([Ended("end")]) == b""
