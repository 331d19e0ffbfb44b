"""Tools and their choice, and the names in which OpenAI takes them."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import Text, Tool, ToolChoice, ToolUse
from proxyapp.protocols.openai_responses.translation.schemas import is_strict
from tests.proxyapp.protocols.openai_responses.translation.saying import answered, asking, write

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = {**OPEN, "required": ["a"], "additionalProperties": False}
LS = Tool(name="ls", description="List", schema=OPEN)
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: x"}
PATCH = Tool(name="patch", description="Patch", custom=True, format=GRAMMAR)
SEARCH = Tool(name="web_search", hosted="web_search", options={"allowed_domains": ["h.org"]})
PYTHON = Tool(name="code_execution", hosted="code_execution")
LONG = "mcp__" + "x" * 80


def tools(*given: Tool) -> tuple[list[Any], list[str]]:
    body, written = write(asking(Text(text="a"), tools=list(given)))
    return body.get("tools", []), written.losses


def choice(asked: ToolChoice, *given: Tool) -> Any:
    return write(asking(Text(text="a"), tools=list(given), choice=asked))[0]


def test_it_works() -> None:
    assert tools(LS, PATCH) == (
        [
            {"type": "function", "name": "ls", "description": "List", "parameters": OPEN, "strict": False},
            {"type": "custom", "name": "patch", "description": "Patch", "format": GRAMMAR},
        ],
        [],
    )


def test_hosted_tools() -> None:
    assert tools(SEARCH, PYTHON) == (
        [
            {"type": "web_search", "filters": {"allowed_domains": ["h.org"]}},
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ],
        [],
    )


def test_what_hosted_tools_cannot_be_told_is_a_loss() -> None:
    given = Tool(name="web_search", hosted="web_search", options={"max_uses": 5, "blocked_domains": ["h"]})
    assert tools(given) == ([{"type": "web_search"}], ["tools[].max_uses", "tools[].blocked_domains"])


def test_a_hosted_tool_that_openai_has_not_is_a_loss() -> None:
    assert tools(Tool(name="web_fetch", hosted="web_fetch")) == ([], ["tools[].web_fetch"])


@pytest.mark.parametrize(
    ("schema", "parameters", "losses"),
    [
        ({}, {"type": "object", "properties": {}}, []),
        ({"type": "object"}, {"type": "object", "properties": {}}, []),
        ({**OPEN, "anyOf": [{"required": ["a"]}]}, OPEN, ["tools[].parameters.anyOf"]),
    ],
)
def test_parameters_are_an_object(schema: Any, parameters: Any, losses: list[str]) -> None:
    written, lost = tools(Tool(name="n", schema=schema))
    assert (written[0]["parameters"], lost) == (parameters, losses)


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        (OPEN, False),
        ({**CLOSED, "properties": {"a": OPEN}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": [CLOSED]}}}, True),
        ({**CLOSED, "properties": {"a": {"anyOf": [OPEN]}}}, False),
    ],
)
def test_what_cannot_be_followed_strictly_is_not(schema: Any, strict: bool) -> None:
    written, losses = tools(Tool(name="n", schema=schema, strict=True))
    assert written[0]["strict"] is strict
    assert losses == ([] if strict else ["tools[].strict"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (ToolChoice(), "auto"),
        (ToolChoice(mode="none"), "none"),
        (ToolChoice(mode="required"), "required"),
        (ToolChoice(mode="named", name="ls"), {"type": "function", "name": "ls"}),
        (ToolChoice(mode="named", name="patch"), {"type": "custom", "name": "patch"}),
        (
            ToolChoice(mode="named", name="web_search"),
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]},
        ),
        (
            ToolChoice(mode="auto", allowed=["ls", "code_execution"]),
            {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [{"type": "function", "name": "ls"}, {"type": "code_interpreter"}],
            },
        ),
    ],
)
def test_choices(asked: ToolChoice, expected: Any) -> None:
    assert choice(asked, LS, PATCH, SEARCH, PYTHON)["tool_choice"] == expected


def test_parallel_calls() -> None:
    assert choice(ToolChoice(parallel=False), LS)["parallel_tool_calls"] is False


def test_without_tools_there_is_nothing_to_choose() -> None:
    assert not {"tool_choice", "parallel_tool_calls", "tools"} & set(choice(ToolChoice(parallel=True)))


@pytest.mark.parametrize("name", [LONG, "dotted.name", "名"])
def test_a_name_that_openai_refuses_is_changed_and_can_be_turned_back(name: str) -> None:
    question = asking(Text(text="a"), tools=[Tool(name=name)], choice=ToolChoice(mode="named", name=name))
    body, written = write(question)
    new = body["tools"][0]["name"]
    assert len(new) <= 64
    assert new.replace("_", "").replace("-", "").isascii()
    assert body["tool_choice"]["name"] == new
    assert written.names == {new: name}


def test_a_call_in_the_conversation_has_the_same_name() -> None:
    offered = write(asking(Text(text="a"), tools=[Tool(name=LONG)]))[0]["tools"][0]["name"]
    called = write(answered(ToolUse(id="c", name=LONG, arguments="{}")))[0]["input"][0]["name"]
    assert called == offered


def test_a_tool_of_a_namespace_is_offered_by_its_flat_name() -> None:
    written, _ = tools(Tool(name="spawn", namespace="agents"))
    assert written[0]["name"] == "agents__spawn"


@pytest.mark.parametrize("id_", ["", "x" * 65, "with space"])
def test_an_id_that_openai_refuses_is_changed(id_: str) -> None:
    new = write(answered(ToolUse(id=id_, name="n", arguments="{}")))[0]["input"][0]["call_id"]
    assert new.startswith("call_")
    assert len(new) <= 64


def test_a_long_user_is_made_short() -> None:
    body, _ = write(asking(Text(text="a"), user="u" * 118))
    assert len(body["user"]) == 64


class Name(str):
    """A string that counts how often one is compared with another."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str(self) == other

    __hash__ = str.__hash__


def test_the_work_for_a_strict_schema_grows_with_its_length() -> None:
    names = [f"a{number}" for number in range(1_000)]
    properties: dict[str, Any] = {Name(name): {} for name in names}
    needed = [Name(name) for name in reversed(names)]
    schema = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    Name.compared = 0
    assert is_strict(schema)
    assert len(names) <= Name.compared < 20 * len(names)
