"""Tools whose names a provider does not take are called otherwise there, and by their own names here."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.bridge import TRANSLATORS
from proxyapp.protocols.canonical import Question, Text, Tool, ToolChoice, ToolResult, ToolUse, Turn
from proxyapp.protocols.fitting import MOST, fitting, renamed
from proxyapp.protocols.gemini.translation.models import NAMES as GEMINI
from proxyapp.protocols.openai_chat.models import NAMES as CHAT

LONG = "mcp__a_server_with_a_long_name__" + "x" * 60
ODD = ["a.b", "3d:print", "-x", "天气", "", LONG]


def question(name: str) -> Question:
    turns = [
        Turn("user", [Text("x")]),
        Turn("assistant", [ToolUse("c", name, "{}")]),
        Turn("user", [ToolResult("c", name, [Text("y")])]),
    ]
    return Question("m", turns, tools=[Tool(name)], choice=ToolChoice("named", name=name))


def names_in(node: Any) -> set[str]:
    """Every value of a `name` at any depth, and the names that are allowed."""
    if isinstance(node, list):
        return set().union(*map(names_in, node))
    if not isinstance(node, dict):
        return set()
    own = {node["name"]} if "name" in node else set()
    return own.union(node.get("allowedFunctionNames", ()), *map(names_in, node.values()))


def test_it_works() -> None:
    assert fitting("get_weather", CHAT) == "get_weather"
    assert fitting("a.b", CHAT).startswith("a_b_")
    assert fitting("a.b", GEMINI) == "a.b"


@pytest.mark.parametrize("name", ODD)
def test_what_is_made_is_allowed_and_different(name: str) -> None:
    for allowed in (CHAT, GEMINI):
        made = fitting(name, allowed)
        assert allowed.fullmatch(made)
        assert len(made) <= MOST
        assert made != fitting(name + "y", allowed)


def test_only_what_was_changed_is_changed_back() -> None:
    tools = [Tool("f"), Tool("a.b"), Tool("x", namespace="n.s"), Tool("web.search", hosted="web_search")]
    assert set(renamed(tools, CHAT).values()) == {"a.b", "n.s__x"}
    assert renamed(tools, GEMINI) == {}


@pytest.mark.parametrize("protocol", ["openai_chat", "gemini"])
def test_a_tool_has_one_name_all_over_a_question(protocol: ProtocolName) -> None:
    written = TRANSLATORS[protocol].write_question(question(LONG), "some-model", 9)
    (made,) = names_in(msgspec.json.decode(written.body))
    assert written.names == {made: LONG}
    assert len(made) <= MOST
