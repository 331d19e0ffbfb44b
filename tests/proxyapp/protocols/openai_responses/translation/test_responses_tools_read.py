"""Tools and their choice in a Responses request."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import Tool, ToolChoice
from tests.proxyapp.protocols.openai_responses.translation.saying import read, refused

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
FUNCTION = {"type": "function", "name": "ls", "description": "List", "parameters": SCHEMA, "strict": False}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: x"}
CUSTOM = {"type": "custom", "name": "apply_patch", "description": "Patch", "format": GRAMMAR}
NAMESPACE = {"type": "namespace", "name": "agents", "description": "", "tools": [FUNCTION, CUSTOM]}


def tools(*given: Any) -> list[Tool]:
    return read(tools=list(given)).tools


def test_it_works() -> None:
    question = read(tools=[FUNCTION, CUSTOM], tool_choice="auto", parallel_tool_calls=True)
    assert question.tools == [
        Tool(name="ls", description="List", schema=SCHEMA, strict=False),
        Tool(name="apply_patch", description="Patch", custom=True, format=GRAMMAR),
    ]
    assert question.choice == ToolChoice(parallel=True)
    assert question.losses == []


def test_a_namespace_is_flattened() -> None:
    assert [tool.flat_name for tool in tools(NAMESPACE)] == ["agents__ls", "agents__apply_patch"]


def test_the_description_of_a_namespace_is_a_loss() -> None:
    assert read(tools=[{**NAMESPACE, "description": "Agents"}]).losses == ["tools[].description"]


@pytest.mark.parametrize("kind", ["web_search", "web_search_preview", "web_search_2025_08_26"])
def test_web_search(kind: str) -> None:
    question = read(
        tools=[{"type": kind, "filters": {"allowed_domains": ["h.org"]}, "search_context_size": "low"}]
    )
    assert question.tools == [
        Tool(name="web_search", hosted="web_search", options={"allowed_domains": ["h.org"]})
    ]
    assert question.losses == ["tools[].search_context_size"]


def test_a_search_that_must_not_leave_is_left_out() -> None:
    question = read(tools=[{"type": "web_search", "external_web_access": False}])
    assert question.tools == []
    assert question.losses == ["tools[].web_search"]


def test_code_interpreter() -> None:
    given = {"type": "code_interpreter", "container": {"type": "auto"}}
    assert tools(given) == [Tool(name="code_execution", hosted="code_execution")]


@pytest.mark.parametrize("kind", ["tool_search", "image_generation", "mcp", "file_search"])
def test_a_tool_that_only_openai_hosts_is_a_loss(kind: str) -> None:
    question = read(tools=[FUNCTION, {"type": kind, "server_label": "x", "execution": "client"}])
    assert [tool.name for tool in question.tools] == ["ls"]
    assert question.losses == [f"tools[].{kind}"]


@pytest.mark.parametrize("kind", ["local_shell", "shell", "apply_patch", "computer_use_preview"])
def test_a_tool_that_the_client_would_have_to_run_is_refused(kind: str) -> None:
    problem = refused(tools=[{"type": kind}])
    assert (problem.code, problem.details["param"]) == ("not_translatable", "tools[0]")


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ("none", ToolChoice(mode="none")),
        ("required", ToolChoice(mode="required")),
        ({"type": "function", "name": "ls"}, ToolChoice(mode="named", name="ls")),
        ({"type": "function", "namespace": "a", "name": "ls"}, ToolChoice(mode="named", name="a__ls")),
        ({"type": "custom", "name": "apply_patch"}, ToolChoice(mode="named", name="apply_patch")),
        ({"type": "web_search_preview"}, ToolChoice(mode="named", name="web_search")),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "ls"}, {"type": "code_interpreter"}],
            },
            ToolChoice(mode="required", allowed=["ls", "code_execution"]),
        ),
    ],
)
def test_choices(given: Any, choice: ToolChoice) -> None:
    assert read(tools=[FUNCTION], tool_choice=given).choice == choice


def test_parallel_calls_alone_are_a_choice() -> None:
    assert read(parallel_tool_calls=False).choice == ToolChoice(parallel=False)


@pytest.mark.parametrize("kind", ["mcp", "file_search", "image_generation"])
def test_a_tool_that_is_lost_cannot_be_chosen(kind: str) -> None:
    problem = refused(tool_choice={"type": kind})
    assert (problem.code, problem.details["param"]) == ("not_translatable", "tool_choice")


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [{**FUNCTION, "parameters": "x"}]}, "tools[0].parameters"),
        (
            {"tools": [{"type": "namespace", "name": "a", "tools": [{"type": "mcp"}]}]},
            "tools[0].tools[0].type",
        ),
        (
            {"tools": [{"type": "web_search", "filters": {"allowed_domains": [1]}}]},
            "tools[0].filters.allowed_domains",
        ),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"tool_choice": 1}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools", "mode": "none"}}, "tool_choice.mode"),
    ],
)
def test_what_is_wrong_is_named(members: Any, param: str) -> None:
    assert refused(**members).details["param"] == param
