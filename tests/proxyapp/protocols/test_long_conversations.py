"""The work for a conversation grows with its length, not with its square: it is the client who writes it."""

from typing import Any

from proxyapp.protocols.canonical import ToolResult, ToolUse, Turn
from proxyapp.protocols.gemini.translation.calls import Calls
from proxyapp.protocols.gemini.translation.schemas import json_schema
from proxyapp.protocols.gemini.translation.write_contents import write_contents
from proxyapp.protocols.openai_chat.translation.read_messages import Messages
from proxyapp.protocols.openai_chat.translation.schemas import may_be_strict
from proxyapp.protocols.openai_chat.translation.wire import Called, Message, ToolCall

MANY = 1_000


class Name(str):
    """A string that counts how often one is compared with another, and how often one is written down."""

    __slots__ = ()
    compared = 0
    written = 0

    def __format__(self, form: str) -> str:
        Name.written += 1
        return str(self)

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str(self) == other

    __hash__ = str.__hash__


def names() -> list[str]:
    """Many different ones; the count begins anew."""
    Name.compared = 0
    return [Name(f"call_{MANY + number}") for number in range(MANY)]


def few_comparisons() -> bool:
    return Name.compared < 20 * MANY


def test_it_works() -> None:
    given = names()
    assert given[0] in given[1:] + given[:1]
    assert MANY <= Name.compared < 2 * MANY


def test_results_of_calls() -> None:
    calls, given = Calls(), names()
    assert [calls.opened(id, "look") for id in given] == given
    assert [calls.answered(id, "look") for id in reversed(given)] == given[::-1]
    assert few_comparisons()


def test_calls_without_ids() -> None:
    calls, given = Calls(), names()
    for id in given:
        calls.opened(id, "look")
    ids = [calls.opened("", "look") for _ in range(MANY)]
    assert ids == [f"call_{2 * MANY + number}" for number in range(MANY)]
    assert few_comparisons()


def test_the_order_of_results() -> None:
    given = names()
    calls = Turn("assistant", [ToolUse(id, "look", "{}") for id in given])
    results = Turn("user", [ToolResult(id, "look", []) for id in reversed(given)])
    _, user = write_contents([calls, results], media_inside=False, losses=[])
    assert [part["functionResponse"]["id"] for part in user["parts"]] == given
    assert few_comparisons()


def test_thinking_before_calls() -> None:
    given = names()
    calls = [ToolCall(id, function=Called("look"), extra_content={"x": 1}) for id in given]
    details: list[dict[str, Any]] = [
        {"type": "reasoning.text", "signature": "tollgate:gemini:x", "id": id} for id in given
    ]
    messages = [Message("user", "x"), Message("assistant", tool_calls=calls, reasoning_details=details)]
    assert len(Messages(messages).turns[1].parts) == 3 * MANY
    assert few_comparisons()


def test_members_of_a_strict_schema() -> None:
    properties: dict[str, Any] = {name: {} for name in names()}
    schema = {
        "type": "object",
        "properties": properties,
        "required": [Name(each) for each in reversed(properties)],
        "additionalProperties": False,
    }
    assert may_be_strict(schema)
    assert few_comparisons()


def test_the_way_to_a_member_of_a_schema_is_not_written_for_each() -> None:
    schema = {f"keyword_{number}": number for number in range(MANY)}
    Name.written = 0
    assert json_schema(schema, Name("parameters")) == schema
    assert Name.written == 0
