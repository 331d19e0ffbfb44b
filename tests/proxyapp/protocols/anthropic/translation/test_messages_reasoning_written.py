"""How much to think, within what Anthropic allows."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    Reasoning,
    Seal,
    Text,
    Thinking,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.anthropic.translation.vocabulary import HELLO, THINKS, TOOL, write


def test_it_works() -> None:
    body, losses = write(reasoning=Reasoning(budget=2000))
    assert (body["thinking"], losses) == ({"type": "enabled", "budget_tokens": 2000}, [])


@pytest.mark.parametrize(
    ("reasoning", "ceiling", "thinking", "losses"),
    [
        (None, 4096, None, []),
        (Reasoning(shown=False), 4096, None, []),
        (Reasoning(shown=True), 4096, None, ["thinking.display"]),
        (
            Reasoning(budget=2000, effort="low"),
            4096,
            {"type": "enabled", "budget_tokens": 2000},
            ["output_config.effort"],
        ),
        (Reasoning(effort="none"), 4096, {"type": "disabled"}, []),
        (Reasoning(budget=0), 4096, {"type": "disabled"}, []),
        (Reasoning(effort="low"), 4096, {"type": "enabled", "budget_tokens": 2048}, []),
        (
            Reasoning(effort="high", shown=False),
            4096,
            {"type": "enabled", "budget_tokens": 3072, "display": "omitted"},
            ["thinking.budget_tokens"],
        ),
        (Reasoning(budget=100), 4096, {"type": "enabled", "budget_tokens": 1024}, ["thinking.budget_tokens"]),
        (Reasoning(budget=4095), 4096, {"type": "enabled", "budget_tokens": 4095}, []),
        (Reasoning(effort="high"), 2047, None, ["thinking"]),
        (Reasoning(adaptive=True, shown=True), 100, {"type": "adaptive", "display": "summarized"}, []),
    ],
)
def test_budgets(reasoning: Reasoning | None, ceiling: int, thinking: Any, losses: list[str]) -> None:
    body, lost = write(ceiling, reasoning=reasoning)
    assert (body.get("thinking"), lost) == (thinking, losses)


def test_an_adaptive_effort_has_its_own_place() -> None:
    body, _ = write(reasoning=Reasoning(adaptive=True, effort="minimal"))
    assert body["output_config"] == {"effort": "low"}


CALL = ToolUse("a", "f", "{}")
RESULT = Turn("user", [ToolResult("a", "f", [Text("1")])])


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [TOOL], "choice": ToolChoice("required")},
        {"tools": [TOOL], "choice": ToolChoice("named", name="f")},
        {"turns": [*HELLO.turns, Turn("assistant", [CALL]), RESULT]},
        {"turns": [*HELLO.turns, Turn("assistant", [Thinking("hm", Seal("gemini", "s")), CALL]), RESULT]},
        {"turns": [*HELLO.turns, Turn("assistant", [Text("It is")])]},
    ],
)
def test_thinking_gives_way_to_what_the_provider_bars_it_for(fields: dict[str, Any]) -> None:
    body, losses = write(reasoning=THINKS, **fields)
    assert "thinking" not in body
    assert "thinking" in losses


@pytest.mark.parametrize(
    "fields",
    [
        {"turns": [*HELLO.turns, Turn("assistant", [Thinking("", Seal("anthropic", "s")), CALL]), RESULT]},
        {"turns": [*HELLO.turns, Turn("assistant", [CALL]), RESULT], "reasoning": Reasoning(adaptive=True)},
        {"turns": [*HELLO.turns, Turn("assistant", [Text("a")]), *HELLO.turns]},
    ],
)
def test_thinking_goes_on_where_it_may(fields: dict[str, Any]) -> None:
    body, losses = write(**{"reasoning": THINKS, **fields})
    assert "thinking" in body
    assert losses == []
