"""Whole generateContent answers, read and written."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from proxyapp.protocols.canonical import (
    Answer,
    Citation,
    Media,
    Refusal,
    Seal,
    Stop,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.gemini.translation.saying import (
    ASKED,
    CALL_ID,
    FRAME,
    MODEL,
    answered,
    read_answer,
)
from tests.wire.transcripts import HERE

OWN = Seal(origin="gemini", value="c2ln")


def parts_of(*parts: Any) -> list[Any]:
    found: list[Any] = answered(Answer(list(parts), "end"))["candidates"][0]["content"]["parts"]
    return found


def test_it_works() -> None:
    answer = TRANSLATOR.read_answer((HERE / "gemini/plain/answer.json").read_bytes())
    assert answer.parts == [Text('Hello, 世界!\nHello again, "世界"!')]
    assert (answer.stop, answer.usage) == ("end", TokenUsage(input=7, output=12))


def test_an_answer_is_written() -> None:
    usage = TokenUsage(input=10, cache_read=5, cache_write_5m=2, output=9, reasoning=4)
    assert answered(Answer([Text("Hi")], "end", usage)) == {
        "candidates": [
            {"content": {"parts": [{"text": "Hi"}], "role": "model"}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {
            "promptTokenCount": 17,
            "candidatesTokenCount": 5,
            "totalTokenCount": 26,
            "cachedContentTokenCount": 5,
            "thoughtsTokenCount": 4,
        },
        "modelVersion": MODEL,
        "responseId": CALL_ID,
    }


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("STOP", "end"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "filter"),
        ("RECITATION", "filter"),
        ("PROHIBITED_CONTENT", "filter"),
        ("BLOCKLIST", "filter"),
        ("SPII", "filter"),
        ("MALFORMED_FUNCTION_CALL", "end"),
        ("SOMETHING_NEW", "end"),
        (None, "end"),
    ],
)
def test_why_it_ended(reason: str | None, stop: Stop) -> None:
    assert read_answer({"text": "a"}, finishReason=reason).stop == stop


@pytest.mark.parametrize(
    ("stop", "reason"), [("tool_use", "STOP"), ("length", "MAX_TOKENS"), ("refusal", "SAFETY")]
)
def test_how_the_end_is_written(stop: Stop, reason: str) -> None:
    assert answered(Answer([], stop))["candidates"][0]["finishReason"] == reason


def test_calls_get_ids_that_are_unique_beyond_the_answer() -> None:
    parts = [{"functionCall": {"name": "look"}}, {"functionCall": {"name": "look", "args": [], "id": "x"}}]
    document = {"candidates": [{"content": {"parts": parts}}], "responseId": "aB/c-D"}
    answer = TRANSLATOR.read_answer(msgspec.json.encode(document))
    assert answer.parts == [ToolUse("call_aBc-D_1", "look", "{}"), ToolUse("x", "look", "{}")]
    assert answer.stop == "tool_use"


def test_a_call_without_any_id_about_it_gets_one() -> None:
    [call] = read_answer({"functionCall": {"name": "look"}}).parts
    [other] = read_answer({"functionCall": {"name": "look"}}).parts
    assert isinstance(call, ToolUse)
    assert isinstance(other, ToolUse)
    assert call.id != other.id


def test_seals_stand_before_what_they_were_on() -> None:
    answer = read_answer(
        {"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "42", "thoughtSignature": "c2ln"},
        {"text": "", "thoughtSignature": "c2ln"},
    )
    assert answer.parts == [Thinking("Hm.", seal=OWN), Thinking(seal=OWN), Text("42"), Thinking(seal=OWN)]


def test_a_foreign_seal_is_on_the_part_that_clients_send_back() -> None:
    thinking = Thinking("Hm.", seal=Seal(origin="anthropic", value="EqQB"))
    thought, call = parts_of(thinking, ToolUse("call_1", "look", "{}"))
    assert thought == {"text": "Hm.", "thought": True}
    assert call["functionCall"] == {"id": "call_1", "name": "look", "args": {}}
    assert read_answer(thought, call).parts[0] == thinking


def test_thoughts_are_shown_only_to_who_asks_for_them() -> None:
    answer = Answer([Thinking("Hm.", seal=Seal(origin="anthropic", value="EqQB")), Text("42")], "end")
    document = msgspec.json.decode(TRANSLATOR.write_answer(answer, replace(FRAME, question=ASKED)))
    (part,) = document["candidates"][0]["content"]["parts"]
    assert part == {"text": "42", "thoughtSignature": "dG9sbGdhdGU6YW50aHJvcGljOkVxUUI="}


def test_hidden_thoughts_stay_hidden() -> None:
    hidden = Thinking("secret", seal=Seal(origin="anthropic", value="EqQB"), redacted=True)
    [part] = parts_of(hidden)
    assert part["text"] == ""
    assert read_answer(part).parts == [Thinking(seal=hidden.seal, redacted=True)]


def test_other_parts() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    file = {"fileData": {"fileUri": "https://example.com/a.mp4"}}
    code = {"executableCode": {"language": "PYTHON", "code": "1"}}
    outcome = {"codeExecutionResult": {"output": "1"}}
    answer = read_answer(image, file, code, outcome, {"news": 1})
    assert answer.parts == [
        Media("image", media_type="image/png", data="aGk="),
        Media("video", url="https://example.com/a.mp4"),
        Text("```python\n1\n```\n"),
        Text("```\n1\n```\n"),
    ]


def test_refusals_are_text() -> None:
    assert parts_of(Refusal("No.")) == [{"text": "No."}]


def test_sources_count_bytes_there_and_characters_here() -> None:
    cited = Text("Über: dry.", citations=[Citation(url="https://example.com/", title="W", start=6, end=9)])
    document = answered(Answer([Thinking("Hm."), cited], "end"))
    grounding = document["candidates"][0]["groundingMetadata"]
    [support] = grounding["groundingSupports"]
    assert support["segment"] == {"partIndex": 1, "startIndex": 7, "endIndex": 10, "text": "dry"}
    assert grounding["groundingChunks"] == [{"web": {"uri": "https://example.com/", "title": "W"}}]
    assert TRANSLATOR.read_answer(msgspec.json.encode(document)).parts[1] == cited


def test_sources_without_a_place() -> None:
    chunks = [{"web": {"uri": "https://example.com/"}}, {"retrievedContext": {"title": "T", "text": "q"}}]
    answer = read_answer({"text": "a"}, groundingMetadata={"groundingChunks": chunks})
    found = [Citation(url="https://example.com/"), Citation(title="T", quote="q")]
    assert answer.parts == [Text("a", citations=found)]


def test_citation_metadata() -> None:
    cited = [
        {"uri": "https://example.com/", "endIndex": 1},
        {"uri": "https://example.com/b"},
        {"startIndex": 5, "endIndex": 1},
    ]
    answer = read_answer({"text": "a"}, citationMetadata={"citations": cited})
    found = [Citation(url="https://example.com/", start=0, end=1), Citation(url="https://example.com/b")]
    assert answer.parts == [Text("a", citations=found)]


@pytest.mark.parametrize("grounding", [[], {"groundingChunks": 5}, {"groundingSupports": [{"segment": 1}]}])
def test_broken_sources_are_left_out(grounding: Any) -> None:
    assert read_answer({"text": "a"}, groundingMetadata=grounding).parts == [Text("a")]


def test_a_prompt_that_was_blocked() -> None:
    answer = TRANSLATOR.read_answer((HERE / "gemini/blocked/answer.json").read_bytes())
    assert answer == Answer([], "filter", TokenUsage(input=7))


def test_an_empty_answer_has_a_part_that_clients_can_read() -> None:
    assert parts_of() == [{"text": ""}]


@pytest.mark.parametrize("report", [5, {"promptTokenCount": -1}, {}, None])
def test_usage_that_cannot_be_true(report: Any) -> None:
    document = {"candidates": [], "usageMetadata": report}
    assert TRANSLATOR.read_answer(msgspec.json.encode(document)).usage is None


@pytest.mark.parametrize("document", [b"", b"[]", b'{"candidates":5}', b"<html>"])
def test_what_cannot_be_read_is_broken(document: bytes) -> None:
    with pytest.raises(BROKEN):
        TRANSLATOR.read_answer(document)


def test_arguments_of_any_depth_are_written() -> None:
    for depth in range(900, 1_100):
        arguments = '{"a":' * depth + "1" + "}" * depth
        document = TRANSLATOR.write_answer(Answer([ToolUse("1", "look", arguments)], "tool_use"), FRAME)
        assert b'"name":"look","args":{' in document
