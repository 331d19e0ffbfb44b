"""Tools of any origin as Anthropic knows them, and which of them may be called."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    Tool,
    ToolChoice,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.anthropic.translation.vocabulary import HELLO, SCHEMA, TOOL, write


def test_it_works() -> None:
    body, losses = write(tools=[TOOL])
    assert (body["tools"], losses) == ([{"name": "f", "input_schema": SCHEMA}], [])


@pytest.mark.parametrize(
    ("tool", "expected", "losses"),
    [
        (Tool("f", "d", {}), {"name": "f", "input_schema": SCHEMA, "description": "d"}, []),
        (Tool("send", namespace="mail", schema=SCHEMA), {"name": "mail__send", "input_schema": SCHEMA}, []),
        (
            Tool("f", schema={"anyOf": [{"required": ["a"]}], "properties": {}}),
            {"name": "f", "input_schema": {"type": "object", "properties": {}}},
            ["tools[].input_schema.anyOf"],
        ),
        (
            Tool(
                "f",
                schema={"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}},
                strict=True,
            ),
            {
                "name": "f",
                "input_schema": {
                    "type": "object",
                    "properties": {
                        "a": {"type": "string", "description": 'It must also satisfy {"minLength":1}.'}
                    },
                    "additionalProperties": False,
                },
                "strict": True,
            },
            ["tools[].input_schema.minLength"],
        ),
        (
            Tool(
                "p", "d", custom=True, format={"type": "grammar", "syntax": "lark", "definition": "start: x"}
            ),
            {
                "name": "p",
                "input_schema": {
                    "type": "object",
                    "properties": {"input": {"type": "string"}},
                    "required": ["input"],
                },
                "description": "d\n\n`input` must follow this grammar:\nstart: x",
            },
            ["tools[].format"],
        ),
        (
            Tool("s", hosted="web_search", options={"allowed_domains": ["a"], "blocked_domains": ["b"]}),
            {"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["a"]},
            ["tools[].blocked_domains"],
        ),
        (
            Tool("c", hosted="code_execution", options={"max_uses": 1}),
            {"type": "code_execution_20250825", "name": "code_execution"},
            ["tools[].max_uses"],
        ),
    ],
)
def test_tools(tool: Tool, expected: Any, losses: list[str]) -> None:
    body, lost = write(tools=[tool])
    assert (body["tools"], lost) == ([expected], losses)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        (ToolChoice(parallel=False), {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("required"), {"type": "any"}),
        (ToolChoice("named", name="f"), {"type": "tool", "name": "f"}),
        (ToolChoice("none", parallel=True), {"type": "none"}),
    ],
)
def test_choices(choice: ToolChoice | None, expected: Any) -> None:
    body, _ = write(tools=[TOOL], choice=choice)
    assert body.get("tool_choice") == expected


def test_a_choice_among_no_tools_is_not_written() -> None:
    assert "tool_choice" not in write(choice=ToolChoice())[0]


def test_only_the_allowed_tools_are_offered() -> None:
    body, _ = write(tools=[TOOL, Tool("g")], choice=ToolChoice("required", allowed=["g"]))
    assert ([tool["name"] for tool in body["tools"]], body["tool_choice"]) == (["g"], {"type": "any"})


def test_calls_in_a_conversation_without_tools_are_still_understood() -> None:
    called = [*HELLO.turns, Turn("assistant", [ToolUse("a", "f", "{}")])]
    body, _ = write(turns=called, choice=ToolChoice("auto"))
    assert (body["tools"], body["tool_choice"]) == ([{"name": "f", "input_schema": SCHEMA}], {"type": "none"})
