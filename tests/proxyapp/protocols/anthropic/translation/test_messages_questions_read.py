"""What a Messages request means, in the form between protocols."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    AnswerFormat,
    Citation,
    Media,
    Question,
    Reasoning,
    Seal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)

BODY: dict[str, Any] = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}
MARK = {"type": "ephemeral"}


def read(**members: Any) -> Question:
    """The question in a request with these members."""
    return TRANSLATOR.read_question(msgspec.json.encode({**BODY, **members}), "m", stream=False)


def read_block(block: Any) -> Any:
    """What becomes of a block of the user's."""
    return read(messages=[{"role": "user", "content": [block]}]).turns[0].parts


CLAUDE_CODE: dict[str, Any] = {
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.329.27c; cc_entrypoint=cli;"},
        {"type": "text", "text": "You are Claude Code.", "cache_control": MARK},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "<system-reminder>"}]},
        {"role": "user", "content": "Write a file."},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "", "signature": "2kJw"},
                {"type": "text", "text": "I will use a tool."},
                {
                    "type": "tool_use",
                    "id": "toolu_4a71",
                    "name": "Write",
                    "input": {"path": "out.txt"},
                    "caller": {"type": "direct"},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "tool_use_id": "toolu_4a71",
                    "type": "tool_result",
                    "content": "done",
                    "cache_control": {"type": "ephemeral", "ttl": "1h"},
                }
            ],
        },
    ],
    "tools": [
        {"name": "Write", "description": "Writes.", "input_schema": {"type": "object"}, "defer_loading": True}
    ],
    "thinking": {"type": "enabled", "budget_tokens": 31999, "display": "omitted"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "metadata": {"user_id": '{"device_id":"1977"}'},
    "stream": True,
}


def test_it_works() -> None:
    assert read(**CLAUDE_CODE) == Question(
        "m",
        [
            Turn("user", [Text("<system-reminder>"), Text("Write a file.")]),
            Turn(
                "assistant",
                [
                    Thinking(seal=Seal("anthropic", "2kJw")),
                    Text("I will use a tool."),
                    ToolUse("toolu_4a71", "Write", '{"path":"out.txt"}'),
                ],
            ),
            Turn("user", [ToolResult("toolu_4a71", "Write", [Text("done")], cache="1h")]),
        ],
        system=[Text("You are Claude Code.", cache="5m")],
        tools=[Tool("Write", "Writes.", {"type": "object"})],
        ceiling=100,
        reasoning=Reasoning(budget=31999, shown=False),
        user='{"device_id":"1977"}',
        losses=["tools[].defer_loading", "context_management"],
    )


PNG = {"type": "base64", "media_type": "image/png", "data": "aGk="}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "aGk="}
NOTE = {"type": "text", "media_type": "text/plain", "data": "hi"}
LINK = {"type": "url", "url": "https://h/x"}


@pytest.mark.parametrize(
    ("block", "parts"),
    [
        ({"type": "image", "source": PNG}, [Media("image", "image/png", data="aGk=")]),
        ({"type": "image", "source": LINK}, [Media("image", url="https://h/x")]),
        (
            {"type": "document", "source": PDF, "title": "T", "cache_control": MARK},
            [Media("document", "application/pdf", data="aGk=", name="T", cache="5m")],
        ),
        ({"type": "document", "source": LINK}, [Media("document", "application/pdf", url="https://h/x")]),
        ({"type": "document", "source": NOTE}, [Media("document", "text/plain", data="aGk=")]),
        (
            {
                "type": "document",
                "title": "T",
                "source": {
                    "type": "content",
                    "content": [{"type": "text", "text": "a"}, {"type": "image", "source": PNG}],
                },
            },
            [Text("T"), Text("a"), Media("image", "image/png", data="aGk=")],
        ),
        ({"type": "document", "source": {"type": "content", "content": "a"}}, [Text("a")]),
        (
            {
                "type": "search_result",
                "title": "T",
                "source": "https://h",
                "content": [{"type": "text", "text": "a"}],
            },
            [Text("T\nhttps://h\n\na")],
        ),
        (
            {"type": "redacted_thinking", "data": "abc"},
            [Thinking(seal=Seal("anthropic", "abc"), redacted=True)],
        ),
        ({"type": "thinking", "thinking": "hm", "signature": ""}, [Thinking("hm")]),
        (
            {"type": "thinking", "thinking": "hm", "signature": "tollgate:gemini:abc"},
            [Thinking("hm", Seal("gemini", "abc"))],
        ),
        ({"type": "compaction", "content": "So far."}, [Text("So far.")]),
        (
            {
                "type": "text",
                "text": "a",
                "citations": [
                    {
                        "type": "web_search_result_location",
                        "url": "https://h",
                        "title": "T",
                        "cited_text": "q",
                    },
                    {"type": "char_location", "document_title": "D", "cited_text": "r"},
                    {
                        "type": "search_result_location",
                        "source": "https://i",
                        "title": None,
                        "cited_text": "",
                    },
                ],
            },
            [
                Text(
                    "a",
                    citations=[
                        Citation("https://h", "T", "q"),
                        Citation(title="D", quote="r"),
                        Citation("https://i"),
                    ],
                )
            ],
        ),
    ],
)
def test_blocks(block: Any, parts: list[Any]) -> None:
    assert read_block(block) == parts


def test_results_of_tools_hold_images_and_errors() -> None:
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    content = [{"type": "text", "text": "a"}, {"type": "image", "source": PNG}, {"type": "tool_reference"}]
    result = {"type": "tool_result", "tool_use_id": "t", "content": content, "is_error": True}
    question = read(
        messages=[{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    )
    shown: list[Text | Media] = [Text("a"), Media("image", "image/png", data="aGk=")]
    assert question.turns[1].parts == [ToolResult("t", "look", shown, is_error=True)]
    assert question.losses == ["messages[].content[].content[].tool_reference"]


def test_what_the_providers_own_tools_found_is_kept_as_text() -> None:
    found = {"type": "web_search_result", "title": "T", "url": "https://h", "encrypted_content": "x"}
    page = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "page"}}
    blocks = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [found]},
        {
            "type": "web_fetch_tool_result",
            "tool_use_id": "s",
            "content": {"url": "https://h", "content": page},
        },
        {"type": "code_execution_tool_result", "tool_use_id": "s", "content": {"stdout": "1", "stderr": ""}},
        {"type": "mcp_tool_result", "tool_use_id": "s", "content": [{"type": "text", "text": "m"}]},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": {"error_code": "unavailable"}},
    ]
    question = read(messages=[{"role": "user", "content": "q"}, {"role": "assistant", "content": blocks}])
    assert question.turns[1].parts == [
        Text("Search results:\nT: https://h"),
        Text("Content of https://h:\npage"),
        Text("1"),
        Text("m"),
    ]
    assert question.losses[:2] == [
        "messages[].content[].server_tool_use",
        "messages[].content[].web_search_tool_result",
    ]


def test_a_system_message_keeps_its_place_but_not_its_rank() -> None:
    question = read(
        messages=[
            {"role": "user", "content": "a"},
            {"role": "system", "content": [{"type": "text", "text": "b"}]},
            {"role": "assistant", "content": "c"},
        ]
    )
    assert question.turns == [Turn("user", [Text("a"), Text("b")]), Turn("assistant", [Text("c")])]
    assert question.losses == ["messages[].role"]


@pytest.mark.parametrize(
    ("members", "reasoning"),
    [
        ({}, None),
        ({"thinking": {"type": "disabled"}}, Reasoning(effort="none")),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, Reasoning(budget=2000, shown=True)),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, Reasoning(adaptive=True, shown=True)),
        (
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
            Reasoning(adaptive=True, effort="max", shown=True),
        ),
        ({"output_config": {"effort": "low"}}, Reasoning(effort="low")),
    ],
)
def test_reasoning(members: dict[str, Any], reasoning: Reasoning | None) -> None:
    question = read(**members)
    assert (question.reasoning, question.losses) == (reasoning, [])


def test_what_is_said_between_calls_is_no_thinking() -> None:
    question = read(thinking={"type": "between_tools"})
    assert (question.reasoning, question.losses) == (Reasoning(effort="none"), ["thinking.type"])


@pytest.mark.parametrize("name", ["output_format", "output_config"])
def test_the_schema_of_the_answer(name: str) -> None:
    format_ = {"type": "json_schema", "schema": {"type": "object"}}
    question = read(**{name: format_ if name == "output_format" else {"format": format_}})
    assert (question.format, question.losses) == (AnswerFormat(schema={"type": "object"}), [])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"type": "auto"}, ToolChoice()),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("required", parallel=False)),
        ({"type": "tool", "name": "f"}, ToolChoice("named", name="f")),
        ({"type": "none"}, ToolChoice("none")),
    ],
)
def test_choices(choice: Any, expected: ToolChoice) -> None:
    assert read(tool_choice=choice).choice == expected


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            {"type": "custom", "name": "f", "input_schema": {"type": "object"}, "strict": True},
            Tool("f", schema={"type": "object"}, strict=True),
        ),
        (
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "max_uses": 3,
                "allowed_domains": ["h"],
                "cache_control": MARK,
            },
            Tool(
                "web_search",
                hosted="web_search",
                options={"allowed_domains": ["h"], "max_uses": 3},
                cache="5m",
            ),
        ),
        ({"type": "web_search_20260318", "name": "web_search"}, Tool("web_search", hosted="web_search")),
        ({"type": "web_fetch_20250910", "name": "web_fetch"}, Tool("web_fetch", hosted="web_fetch")),
        (
            {"type": "code_execution_20250825", "name": "code_execution"},
            Tool("code_execution", hosted="code_execution"),
        ),
    ],
)
def test_tools(tool: Any, expected: Tool) -> None:
    question = read(tools=[tool])
    assert (question.tools, question.losses) == ([expected], [])


def test_a_mark_on_the_request_is_one_on_its_end() -> None:
    question = read(cache_control={"type": "ephemeral", "ttl": "1h"})
    assert question.turns[0].parts == [Text("hi", cache="1h")]


@pytest.mark.parametrize(
    ("members", "losses"),
    [
        ({"mcp_servers": [{"type": "url"}], "inference_geo": "us"}, ["mcp_servers", "inference_geo"]),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, ["tools[].bash_20250124"]),
        ({"tools": [{"name": "f", "input_schema": {}, "input_examples": [{}]}]}, ["tools[].input_examples"]),
        ({"metadata": {"user_id": "u", "team": "t"}}, ["metadata.team"]),
        ({"thinking": {"type": "adaptive", "display": "updates"}}, ["thinking.display"]),
        ({"output_config": {"task_budget": {}}}, ["output_config.task_budget"]),
        ({"a\r\nb: c": 1}, ["a??b??c"]),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "new"}, {"type": "new"}]},
                    *BODY["messages"],
                ]
            },
            ["messages[].content[].new"],
        ),
        (
            {"tools": [{"type": "web_search_20250305", "name": "web_search", "user_location": {}}]},
            ["tools[].user_location"],
        ),
    ],
)
def test_what_cannot_be_said_is_named_once(members: dict[str, Any], losses: list[str]) -> None:
    assert read(**members).losses == losses


def test_null_is_as_good_as_absent() -> None:
    nothing = dict.fromkeys(("system", "tools", "tool_choice", "thinking", "temperature", "new"))
    assert read(**nothing) == read()
