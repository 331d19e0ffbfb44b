"""Calls, their outputs, reasoning and other items of a Responses request."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import Media, Seal, Text, Thinking, ToolResult, ToolUse
from tests.proxyapp.protocols.openai_responses.translation.saying import read_items, refused

CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "ls", "arguments": '{"a":1}'}
PATCH = {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": "*** Begin Patch"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "ok"}


def test_it_works() -> None:
    question = read_items({**CALL, "status": "completed"}, OUTPUT)
    assert question.turns[0].parts == [ToolUse(id="c1", name="ls", arguments='{"a":1}')]
    assert question.turns[1].parts == [ToolResult(id="c1", name="ls", content=[Text(text="ok")])]
    assert [turn.role for turn in question.turns] == ["assistant", "user"]
    assert question.losses == []


def test_a_custom_tool_is_called_with_text() -> None:
    question = read_items(PATCH, {"type": "custom_tool_call_output", "call_id": "c2", "output": "Done"})
    assert question.turns[0].parts == [
        ToolUse(id="c2", name="apply_patch", arguments="*** Begin Patch", custom=True)
    ]
    assert question.turns[1].parts == [
        ToolResult(id="c2", name="apply_patch", content=[Text(text="Done")]),
    ]


def test_a_tool_of_a_namespace_is_called_by_its_flat_name() -> None:
    question = read_items({**CALL, "namespace": "multi_agent_v1", "name": "spawn"}, OUTPUT)
    assert question.turns[0].parts[0] == ToolUse(id="c1", name="multi_agent_v1__spawn", arguments='{"a":1}')
    assert isinstance(question.turns[1].parts[0], ToolResult)
    assert question.turns[1].parts[0].name == "multi_agent_v1__spawn"


def test_an_output_may_be_parts() -> None:
    output = [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "data:image/png;base64,aGk="},
    ]
    question = read_items(CALL, {**OUTPUT, "output": output})
    (result,) = question.turns[1].parts
    assert isinstance(result, ToolResult)
    assert result.content == [Text(text="see"), Media(kind="image", media_type="image/png", data="aGk=")]


def test_an_empty_output() -> None:
    question = read_items(CALL, {**OUTPUT, "output": ""})
    assert question.turns[1].parts == [ToolResult(id="c1", name="ls", content=[])]


def test_reasoning_as_codex_gives_it_back() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
        "content": None,
        "encrypted_content": "gAAA",
    }
    question = read_items(item)
    assert question.turns[0].parts == [
        Thinking(text="a\n\nb", seal=Seal(origin="openai_responses", value="gAAA"))
    ]
    assert question.losses == []


def test_reasoning_in_the_open() -> None:
    item = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}
    assert read_items(item).turns[0].parts == [Thinking(text="hm")]


def test_the_seal_of_another_provider() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "tollgate:anthropic:EqQB"}
    assert read_items(item).turns[0].parts == [Thinking(seal=Seal(origin="anthropic", value="EqQB"))]


def test_the_seal_of_thinking_that_must_not_be_shown() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "hidden:tollgate:anthropic:EqQB"}
    thinking = Thinking(seal=Seal(origin="anthropic", value="EqQB"), redacted=True)
    assert read_items(item).turns[0].parts == [thinking]


@pytest.mark.parametrize(
    ("call", "output", "name"),
    [
        (
            {"type": "local_shell_call", "call_id": "c1", "action": {"type": "exec", "command": ["ls"]}},
            {"type": "local_shell_call_output", "id": "c1", "output": "ok"},
            "local_shell",
        ),
        (
            {"type": "shell_call", "call_id": "c1", "action": {"commands": ["ls"]}},
            {"type": "shell_call_output", "call_id": "c1", "output": [{"stdout": "ok"}]},
            "shell",
        ),
        (
            {"type": "apply_patch_call", "call_id": "c1", "operation": {"type": "delete_file", "path": "a"}},
            {"type": "apply_patch_call_output", "call_id": "c1", "status": "failed", "output": "no"},
            "apply_patch",
        ),
    ],
)
def test_what_a_client_has_run_stays_in_the_conversation(call: Any, output: Any, name: str) -> None:
    question = read_items(call, output)
    use, result = question.turns[0].parts[0], question.turns[1].parts[0]
    assert isinstance(use, ToolUse)
    assert isinstance(result, ToolResult)
    assert (use.name, result.name, use.id, result.id) == (name, name, "c1", "c1")
    assert result.is_error == (output.get("status") == "failed")
    assert question.losses == []


def test_an_image_that_was_made() -> None:
    question = read_items(
        {"type": "image_generation_call", "id": "ig_1", "result": "aGk=", "status": "completed"}
    )
    assert question.turns[0].parts == [Media(kind="image", media_type="image/png", data="aGk=")]


@pytest.mark.parametrize("kind", ["web_search_call", "code_interpreter_call", "mcp_call", "tool_search_call"])
def test_what_a_hosted_tool_did_is_a_loss(kind: str) -> None:
    question = read_items({"role": "user", "content": "a"}, {"type": kind, "id": "x", "action": {"a": 1}})
    assert question.losses == [f"input[].{kind}"]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "item_reference", "id": "msg_1"},
        {"id": "msg_1"},
        {"type": "compaction", "encrypted_content": "gAAA"},
        {"type": "compaction_trigger"},
        {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}},
    ],
)
def test_what_only_openai_knows_is_refused(item: Any) -> None:
    problem = refused(input=[item])
    assert (problem.code, problem.details["param"]) == ("not_translatable", "input[0]")


@pytest.mark.parametrize("kind", ["additional_tools", "tool_search_output"])
def test_tools_may_be_added_by_an_item(kind: str) -> None:
    tool = {"type": "function", "name": "ls", "parameters": {"type": "object"}, "strict": False}
    question = read_items(
        {"type": kind, "role": "developer", "tools": [tool]}, {"role": "user", "content": "a"}
    )
    assert [tool.name for tool in question.tools] == ["ls"]
    assert question.losses == []


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({**CALL, "call_id": None}, "input[0].call_id"),
        ({**CALL, "name": 5}, "input[0].name"),
        ({**OUTPUT, "output": None}, "input[0].output"),
        ({**OUTPUT, "output": [5]}, "input[0].output[0]"),
        ({"role": "robot", "content": "a"}, "input[0].role"),
        ({"type": "reasoning", "summary": "a"}, "input[0].summary"),
    ],
)
def test_what_is_wrong_is_named(item: Any, param: str) -> None:
    assert refused(input=[item]).details["param"] == param
