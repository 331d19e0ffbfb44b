"""Seals of other providers travel through chat clients and come back."""

from typing import Any

import pytest
from openai.lib.streaming._deltas import accumulate_delta

from proxyapp.protocols.canonical import Answer, Part, Question, Reasoning, Seal, Text, Thinking, ToolUse
from tests.proxyapp.protocols.openai_chat.translation.saying import HI, chunks, message, read, told

USER = {"role": "user", "content": "Hi"}
SIGNED = Thinking("Hm.", seal=Seal("anthropic", "sig/=="))
REDACTED = Thinking(seal=Seal("anthropic", "secret"), redacted=True)
UNSIGNED = Thinking("So.")
OF_A_CALL = Thinking(seal=Seal("gemini", "c2ln"))
FIRST, SECOND = ToolUse("call_1", "f", "{}"), ToolUse("call_2", "f", "{}")
ANSWERS: list[list[Part]] = [
    [SIGNED, Text("Hello")],
    [REDACTED, Text("Hello")],
    [SIGNED, REDACTED, UNSIGNED, Text("Hello")],
    [UNSIGNED, SIGNED, Text("Hello"), FIRST],
    [SIGNED, FIRST],
    [SIGNED, UNSIGNED, Text("Hello"), OF_A_CALL, FIRST, SECOND],
    [Text("Hello"), OF_A_CALL, FIRST, OF_A_CALL, SECOND],
]


def back(sent: dict[str, Any]) -> list[Part]:
    return read(USER, sent).turns[1].parts


def test_it_works() -> None:
    sent = message(Answer([SIGNED, Text("Hello")], "end"))
    assert sent["reasoning_content"] == "Hm."
    assert sent["reasoning_details"] == [
        {
            "type": "reasoning.text",
            "text": "Hm.",
            "signature": "tollgate:anthropic:sig/==",
            "id": None,
            "format": "tollgate",
            "index": 0,
        }
    ]
    assert back(sent) == [SIGNED, Text("Hello")]


@pytest.mark.parametrize("parts", ANSWERS)
def test_through_a_whole_answer(parts: list[Part]) -> None:
    assert back(message(Answer(parts, "end"))) == parts


@pytest.mark.parametrize("parts", ANSWERS)
def test_through_a_stream_as_the_sdk_adds_it_up(parts: list[Part]) -> None:
    sent: dict[object, object] = {"role": "assistant"}
    for delta in chunks(*told(Answer(parts, "end"))):
        sent = accumulate_delta(sent, {name: value for name, value in delta.items()})  # noqa: C416
    assert back({str(name): value for name, value in sent.items()}) == parts


def test_thinking_without_any_seal_needs_no_details() -> None:
    assert "reasoning_details" not in message(Answer([UNSIGNED, Text("Hello")], "end"))
    assert not [each for each in chunks(*told(Answer([UNSIGNED], "end"))) if "reasoning_details" in each]


def test_redacted_thinking_is_not_shown() -> None:
    redacted = Thinking("secret", seal=Seal("anthropic", "s"), redacted=True)
    assert "reasoning_content" not in message(Answer([redacted], "end"))
    assert "secret" not in str(chunks(*told(Answer([redacted], "end"))))


def test_who_wants_no_reasoning_gets_the_seal_alone() -> None:
    question = Question("m", [HI], reasoning=Reasoning(effort="high", shown=False))
    sent = message(Answer([SIGNED], "end"), question)
    assert "reasoning_content" not in sent
    assert sent["reasoning_details"][0]["text"] == ""
    (delta,) = chunks(*told(Answer([SIGNED], "end")), question=question)
    assert delta["reasoning_details"] == sent["reasoning_details"]


def test_details_for_a_call_that_was_cut_off_come_first() -> None:
    sent = message(Answer([Text("Hello"), OF_A_CALL, FIRST], "tool_use"))
    del sent["tool_calls"]
    assert back(sent) == [OF_A_CALL, Text("Hello")]
