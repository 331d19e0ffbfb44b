"""Thinking that a provider will not have back is taken out; the rest of the body stays as it was."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.canonical import Seal
from proxyapp.protocols.carrying import carried
from proxyapp.protocols.repair import (
    SKIPPED,
    has_foreign_seals,
    is_about_thinking,
    without_thinking,
)

CALLED = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "21"}


def repaired(protocol: ProtocolName, body: dict[str, Any], *, foreign: bool = False) -> dict[str, Any]:
    text = without_thinking(protocol, msgspec.json.encode(body), foreign=foreign)
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def from_gemini(here: ProtocolName) -> str:
    return carried(Seal(origin="gemini", value="c2VhbA=="), here)


def messages(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    question = {"role": "user", "content": "Hello"}
    answer = {"role": "assistant", "content": list(blocks)}
    return {"model": "m", "messages": [question, answer, question], **more}


def thinking(signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": "Hm.", "signature": signature}


def test_it_works() -> None:
    text = {"type": "text", "text": "Hi"}
    body = messages(thinking("abc"), {"type": "redacted_thinking", "data": "x"}, text, temperature=0.5)
    assert repaired("anthropic", body) == messages(text, temperature=0.5)


def test_a_turn_of_nothing_but_thinking_goes() -> None:
    assert repaired("anthropic", messages(thinking("abc")))["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "user", "content": "Hello"},
    ]


def test_in_a_loop_of_tools_no_new_thinking_is_asked_for() -> None:
    body = messages(thinking("abc"), CALLED, thinking={"type": "enabled", "budget_tokens": 1024})
    assert repaired("anthropic", body)["thinking"] == {"type": "disabled"}


def test_there_no_thinking_is_cleared_away_either() -> None:
    """As Claude Code always asks for; the provider refuses it where there is no thinking."""
    others = [{"type": "clear_tool_uses_20250919"}, {}]
    context = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}, *others], "more": 1}
    body = messages(thinking("abc"), CALLED, thinking={"type": "adaptive"}, context_management=context)
    assert repaired("anthropic", body)["context_management"] == {"edits": others, "more": 1}


@pytest.mark.parametrize("later", [[thinking("own"), CALLED], [{"type": "text", "text": "Done."}], "Done."])
def test_a_loop_that_is_over_costs_no_thinking(later: Any) -> None:
    """Whoever has once called tools in another protocol may go on to think in this one."""
    wish = {"type": "enabled", "budget_tokens": 1024}
    body = messages(thinking(from_gemini("anthropic")), CALLED, thinking=wish)
    body["messages"] += [{"role": "assistant", "content": later}, {"role": "user", "content": [RESULT]}]
    assert repaired("anthropic", body, foreign=True)["thinking"] == wish


def test_a_loop_that_goes_on_without_thinking_has_lost_it_too() -> None:
    body = messages(thinking("abc"), CALLED, thinking={"type": "enabled", "budget_tokens": 1024})
    body["messages"] += [{"role": "assistant", "content": [CALLED]}, {"role": "user", "content": [RESULT]}]
    assert repaired("anthropic", body)["thinking"] == {"type": "disabled"}


def test_elsewhere_thinking_goes_on() -> None:
    wish = {"type": "enabled", "budget_tokens": 1024}
    body = messages(thinking("abc"), {"type": "text", "text": "Hi"}, thinking=wish)
    assert repaired("anthropic", body)["thinking"] == wish


def test_only_what_was_sealed_elsewhere() -> None:
    text = {"type": "text", "text": "Hi"}
    body = messages(thinking("own"), thinking(from_gemini("anthropic")), text)
    assert repaired("anthropic", body, foreign=True) == messages(thinking("own"), text)


def test_responses() -> None:
    reasoning = {"type": "reasoning", "summary": [], "encrypted_content": "abc"}
    message = {"type": "message", "role": "user", "content": "Hello"}
    body = {"model": "m", "input": [message, reasoning, message]}
    assert repaired("openai_responses", body) == {"model": "m", "input": [message, message]}
    foreign = {**reasoning, "encrypted_content": from_gemini("openai_responses")}
    body = {"model": "m", "input": [reasoning, foreign]}
    assert repaired("openai_responses", body, foreign=True)["input"] == [reasoning]


def test_responses_with_a_plain_text() -> None:
    assert repaired("openai_responses", {"model": "m", "input": "Hello"}) == {"model": "m", "input": "Hello"}


def test_chat() -> None:
    own, foreign = (
        {"type": "reasoning.encrypted", "data": data} for data in ("abc", from_gemini("openai_chat"))
    )
    shown = {"type": "reasoning.text", "text": "Hm.", "signature": from_gemini("openai_chat")}
    body = {"model": "m", "messages": [{"role": "assistant", "reasoning_details": [own, foreign, shown]}]}
    (turn,) = repaired("openai_chat", body, foreign=True)["messages"]
    assert turn["reasoning_details"] == [own]


@pytest.mark.parametrize("name", ["thoughtSignature", "thought_signature"])
def test_gemini(name: str) -> None:
    """A function called keeps the word that stands for a signature."""
    parts: list[Any] = [{"text": "Hi", name: "abcd"}, {"functionCall": {"name": "f"}, name: "abcd"}]
    body = {"contents": [{"role": "model", "parts": parts}]}
    assert repaired("gemini", body)["contents"][0]["parts"] == [
        {"text": "Hi"},
        {"functionCall": {"name": "f"}, "thoughtSignature": SKIPPED},
    ]


@pytest.mark.parametrize("protocol", ["anthropic", "openai_chat", "openai_responses", "gemini"])
def test_foreign_seals_are_seen_without_reading_the_body(protocol: ProtocolName) -> None:
    seal = Seal(origin="anthropic" if protocol != "anthropic" else "gemini", value="c2VhbA==")
    assert has_foreign_seals(msgspec.json.encode({"any": carried(seal, protocol)}))
    assert not has_foreign_seals(msgspec.json.encode({"any": "own"}))


@pytest.mark.parametrize(
    "words",
    [
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "Expected `thinking` or `redacted_thinking`, but found `tool_use`",
        "The encrypted content gAAA could not be verified.",
        "Function call is missing a thought_signature in functionCall parts.",
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    ],
)
def test_what_it_may_cure(words: str) -> None:
    assert is_about_thinking(words)


def test_what_it_cannot() -> None:
    assert not is_about_thinking("messages: text content blocks must be non-empty")
