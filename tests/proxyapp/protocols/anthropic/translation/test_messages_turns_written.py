"""Turns in the order that Anthropic demands."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    Media,
    Part,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.anthropic.translation.vocabulary import HELLO, write


def write_turns(*turns: Turn, **fields: Any) -> list[tuple[str, list[str]]]:
    """Side and types of blocks of each message for these turns."""
    body, _ = write(turns=list(turns), **fields)
    return [
        (message["role"], [block["type"] for block in message["content"]]) for message in body["messages"]
    ]


def test_it_works() -> None:
    assert write_turns(*HELLO.turns) == [("user", ["text"])]


def test_the_user_begins_and_the_sides_alternate() -> None:
    turns = [Turn("assistant", [Text("a")]), Turn("user", [Text("b")]), Turn("user", [Text("c")])]
    assert write_turns(*turns) == [("user", ["text"]), ("assistant", ["text"]), ("user", ["text", "text"])]


def test_sides_alternate_where_nothing_is_left_of_a_turn() -> None:
    turns = [*HELLO.turns, Turn("assistant", [Thinking("hm")]), *HELLO.turns]
    assert write_turns(*turns) == [("user", ["text", "text"])]


def test_there_is_always_a_message() -> None:
    assert write_turns() == [("user", ["text"])]
    assert write_turns(Turn("user", [Text(" ")])) == [("user", ["text"])]


def test_results_come_first_and_right_after_their_calls() -> None:
    calls: list[Part] = [ToolUse("a", "f", "{}"), ToolUse("b", "f", "{}")]
    late: list[Part] = [Text("look"), ToolResult("b", "f", [Text("2")]), ToolResult("a", "f", [Text("1")])]
    body, _ = write(turns=[*HELLO.turns, Turn("assistant", calls), Turn("user", late)])
    blocks = body["messages"][2]["content"]
    assert [block.get("tool_use_id") for block in blocks] == ["b", "a", None]


@pytest.mark.parametrize("after", [[], [Turn("user", [Text("go on")])]])
def test_a_call_without_result_gets_one_that_says_so(after: list[Turn]) -> None:
    body, _ = write(turns=[*HELLO.turns, Turn("assistant", [ToolUse("a", "f", "{}")]), *after])
    result = body["messages"][2]["content"][0]
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", "a", True)


PICTURE = Media("image", "image/png", data="AAAA")


@pytest.mark.parametrize(
    ("content", "marked", "losses"),
    [([Text(" ")], True, []), ([Text("no"), PICTURE], False, ["tool_result.is_error"])],
)
def test_a_result_that_failed_has_texts_only_and_at_least_one(
    content: list[Text | Media], marked: bool, losses: list[str]
) -> None:
    """The provider refuses any other."""
    given = ToolResult("a", "f", content, is_error=True)
    turns = [*HELLO.turns, Turn("assistant", [ToolUse("a", "f", "{}")]), Turn("user", [given])]
    body, lost = write(turns=turns)
    result = body["messages"][2]["content"][0]
    assert ("is_error" in result, lost) == (marked, losses)
    assert result["content"]


def test_a_result_without_call_becomes_text() -> None:
    body, _ = write(turns=[Turn("user", [ToolResult("x", "f", [Text("1")])])])
    assert [block["text"] for block in body["messages"][0]["content"]] == ["Result of the tool f:", "1"]


def test_what_is_to_be_continued_does_not_end_in_blanks() -> None:
    body, _ = write(turns=[*HELLO.turns, Turn("assistant", [Text("It is: \n")])])
    assert body["messages"][1]["content"] == [{"type": "text", "text": "It is:"}]


def test_ids_and_names_are_written_in_the_providers_alphabet_and_come_back() -> None:
    id_, name = "call:1|fc_x7c_", "mail.send"
    turns = [
        *HELLO.turns,
        Turn("assistant", [ToolUse(id_, name, "{}")]),
        Turn("user", [ToolResult(id_, name, [Text("1")])]),
    ]
    body, _ = write(turns=turns)
    call, result = body["messages"][1]["content"][0], body["messages"][2]["content"][0]
    assert call["id"] == result["tool_use_id"] == "call_x3a_1_x7c_fc_x5f_x7c_"
    assert call["name"] == "mail_x2e_send"
    again = TRANSLATOR.read_question(msgspec.json.encode(body), "m", stream=False)
    assert again.turns[2].parts == [ToolResult(id_, "mail_x2e_send", [Text("1")])]
    block = {"type": "tool_use", "id": "t", "name": "mail_x2e_send", "input": {}}
    answer = msgspec.json.encode({"content": [block], "stop_reason": "tool_use"})
    assert TRANSLATOR.read_answer(answer).parts == [ToolUse("t", name, "{}")]
