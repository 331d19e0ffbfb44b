"""Whole answers: what Anthropic's mean, and what a Messages client gets for another provider's."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    Answer,
    Citation,
    Media,
    Part,
    Refusal,
    Seal,
    Stop,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.anthropic.translation.vocabulary import FRAME, decoded

USAGE = {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 7}


def read(**members: Any) -> Answer:
    """The answer in a document with these members."""
    document = {"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn"}
    return TRANSLATOR.read_answer(msgspec.json.encode({**document, **members}))


def write(answer: Answer) -> Any:
    """The document a client gets."""
    return decoded(TRANSLATOR.write_answer(answer, FRAME))


def test_it_works() -> None:
    block = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1.0}}
    text = {"type": "text", "text": "Sunny.", "citations": None}
    answer = read(content=[text, block], usage=USAGE, stop_reason="tool_use")
    parts: list[Part] = [Text("Sunny."), ToolUse("toolu_1", "f", '{"a":1.0}')]
    assert answer == Answer(parts, "tool_use", TokenUsage(input=10, cache_read=5, output=7))


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("stop_sequence", "stop_sequence"),
        ("tool_use", "tool_use"),
        ("refusal", "refusal"),
        ("pause_turn", "pause"),
        ("something_new", "end"),
        (None, "end"),
    ],
)
def test_why_it_ended(reason: str | None, stop: Stop) -> None:
    assert read(stop_reason=reason).stop == stop


def test_what_the_providers_own_tools_did_is_left_out() -> None:
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "something_new", "text": "?"},
        {
            "type": "text",
            "text": "Sunny.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "url": "https://h",
                    "title": "T",
                    "cited_text": "q",
                    "encrypted_index": "x",
                }
            ],
        },
    ]
    assert read(content=blocks).parts == [Text("Sunny.", citations=[Citation("https://h", "T", "q")])]


def test_why_it_was_refused() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
    assert read(stop_reason="refusal", stop_details=details).parts == [Refusal("Not this.")]


def test_a_report_that_cannot_be_true_is_none() -> None:
    assert read(usage={**USAGE, "output_tokens": -1}).usage is None
    assert read(usage=5).usage is None


NOTHING = dict.fromkeys(["text", "thinking", "signature", "data", "id", "name", "input", "citations"])


def test_what_is_written_out_as_null_is_not_there() -> None:
    content = [
        NOTHING | {"type": "text", "text": "Hi"},
        NOTHING | {"type": "tool_use", "id": "a", "name": "f"},
    ]
    assert read(content=content).parts == [Text("Hi"), ToolUse("a", "f", "{}")]
    assert read(content=None).parts == []


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"\xff", b'{"type":"error","error":{}}', b'{"content":5}', b"[" * 5000]
)
def test_what_cannot_be_read_is_broken(document: bytes) -> None:
    with pytest.raises(BROKEN):
        TRANSLATOR.read_answer(document)


def test_a_client_gets_everything_its_types_require() -> None:
    usage = TokenUsage(input=10, cache_write_5m=1, cache_write_1h=2, output=7, reasoning=3)
    assert write(Answer([Text("hi")], "stop_sequence", usage, "END")) == {
        "id": f"msg_{FRAME.call_id}",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "stop_sequence",
        "stop_sequence": "END",
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
            "output_tokens": 7,
            "output_tokens_details": {"thinking_tokens": 3},
        },
    }


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            Thinking("hm", Seal("gemini", "abc")),
            {"type": "thinking", "thinking": "hm", "signature": "tollgate:gemini:abc"},
        ),
        (Thinking("hm"), {"type": "thinking", "thinking": "hm", "signature": ""}),
        (
            Thinking(seal=Seal("openai_responses", "abc"), redacted=True),
            {"type": "redacted_thinking", "data": "tollgate:openai_responses:abc"},
        ),
        (Refusal("No."), {"type": "text", "text": "No."}),
        (ToolUse("a:1", "f", ""), {"type": "tool_use", "id": "a_x3a_1", "name": "f", "input": {}}),
        (ToolUse("a", "f", "oh"), {"type": "tool_use", "id": "a", "name": "f", "input": {"input": "oh"}}),
        (Media("image", "image/png", data="aGk="), {"type": "text", "text": "[image/png]"}),
        (Media("image", url="https://h"), {"type": "text", "text": "[image](https://h)"}),
    ],
)
def test_parts_of_other_providers(part: Part, block: Any) -> None:
    assert write(Answer([part], "end"))["content"] == [block]


def test_nothing_empty_is_written() -> None:
    assert write(Answer([Text(""), Thinking()], "end"))["content"] == []


def test_a_source_without_address_is_a_place_in_a_document() -> None:
    cited = Text("a", citations=[Citation(title="D", quote="q")])
    assert write(Answer([cited], "end"))["content"][0]["citations"][0]["type"] == "char_location"


@pytest.mark.parametrize(("stop", "reason"), [("filter", "refusal"), ("pause", "pause_turn")])
def test_how_a_client_is_told_why(stop: Stop, reason: str) -> None:
    assert write(Answer([Text("a")], stop))["stop_reason"] == reason
