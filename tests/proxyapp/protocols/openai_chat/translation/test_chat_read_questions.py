"""Chat requests as clients send them, read into the canonical form."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    AnswerFormat,
    Media,
    Reasoning,
    Refusal,
    Seal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.openai_chat.translation.saying import HI, asked, read

USER = {"role": "user", "content": "Hi"}
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "description": "weather", "parameters": {}},
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
}


def part(**said: Any) -> Any:
    """The only part of a user's message."""
    turn = read({"role": "user", "content": [said]}).turns[0]
    assert len(turn.parts) == 1
    return turn.parts[0]


def assistant(**said: Any) -> list[Any]:
    """The parts of an assistant's message."""
    return read(USER, {"role": "assistant", **said}).turns[1].parts


def test_it_works() -> None:
    question = read({"role": "system", "content": "be brief"}, USER, max_tokens=5, stream=True)
    assert question.system == [Text("be brief")]
    assert question.turns == [HI]
    assert (question.ceiling, question.stream, question.losses) == (5, True, [])


def test_a_tool_loop_of_claude_code_router() -> None:
    mark = {"type": "ephemeral"}
    question = read(
        {"role": "system", "content": [{"type": "text", "text": "You", "cache_control": mark}]},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "I will use a tool.", "tool_calls": [CALL]},
        {"role": "tool", "content": "sunny", "tool_call_id": "call_1", "cache_control": mark},
        tools=[WEATHER],
        max_tokens=32_000,
        stream=True,
        reasoning={"effort": "high", "enabled": False},
    )
    assert question.system == [Text("You", cache="5m")]
    assert question.turns[1:] == [
        Turn(
            "assistant",
            [Text("I will use a tool."), ToolUse("call_1", "get_weather", '{"city":"Paris"}')],
        ),
        Turn("user", [ToolResult("call_1", "get_weather", [Text("sunny")], cache="5m")]),
    ]
    assert question.tools == [Tool("get_weather", description="weather")]
    assert question.reasoning == Reasoning(effort="none")
    assert question.losses == []


def test_what_the_sdk_dumps_of_an_answer_is_no_loss() -> None:
    dumped = {
        "content": None,
        "refusal": None,
        "role": "assistant",
        "annotations": [],
        "audio": None,
        "function_call": None,
        "tool_calls": [CALL],
    }
    assert read(USER, dumped).losses == []


def test_messages_of_one_side_are_one_turn() -> None:
    call = {**CALL, "id": "call_2"}
    question = read(
        USER,
        {"role": "assistant", "content": None, "tool_calls": [CALL, call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "rainy"}]},
        {"role": "user", "content": "Thanks"},
    )
    assert [turn.role for turn in question.turns] == ["user", "assistant", "user"]
    assert question.turns[2].parts[2] == Text("Thanks")


def test_a_later_system_message_keeps_its_place() -> None:
    question = read({"role": "developer", "content": "A"}, USER, {"role": "developer", "content": "B"})
    assert question.system == [Text("A")]
    assert question.turns == [Turn("user", [Text("Hi"), Text("B")])]
    assert question.losses == ["messages[].role"]


def test_a_system_message_alone_is_what_is_asked() -> None:
    assert read({"role": "system", "content": "Hi"}).turns == [HI]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            Media("image", "image/png", "AAAA", detail="low"),
        ),
        (
            {"type": "image_url", "image_url": "data:image/jpg;base64,AAAA"},
            Media("image", "image/jpeg", "AAAA"),
        ),
        ({"type": "image_url", "image_url": "https://a.b/c"}, Media("image", url="https://a.b/c")),
        ({"type": "video_url", "video_url": {"url": "https://a.b/c"}}, Media("video", url="https://a.b/c")),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
            Media("audio", "audio/mpeg", "AA"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            Media("audio", "audio/wav", "AA"),
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"}},
            Media("document", "application/pdf", "AA", name="a.pdf"),
        ),
        (
            {"type": "file", "file": {"filename": "a.csv", "file_data": "AAAA"}},
            Media("document", "text/csv", "AAAA", name="a.csv"),
        ),
        ({"type": "text", "text": "x", "cache_control": {"ttl": "1h"}}, Text("x", cache="1h")),
        ({"type": "text", "text": "x", "prompt_cache_breakpoint": {}}, Text("x", cache="5m")),
    ],
)
def test_parts(said: dict[str, Any], expected: object) -> None:
    assert part(**said) == expected


def test_a_refusal_in_history() -> None:
    assert assistant(content=None, refusal="No.") == [Refusal("No.")]
    assert assistant(content=[{"type": "refusal", "refusal": "No."}]) == [Refusal("No.")]


def test_sources_in_history() -> None:
    source = {"start_index": 0, "end_index": 2, "url": "https://a.b", "title": "T"}
    (text,) = assistant(content="Hi", annotations=[{"type": "url_citation", "url_citation": source}])
    assert text.citations[0].url == "https://a.b"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_of_a_provider_in_history(name: str) -> None:
    thinking = Thinking("Hm", seal=Seal("openai_chat", ""))
    assert assistant(content="Hi", **{name: "Hm"}) == [thinking, Text("Hi")]


def test_details_of_a_provider_in_history() -> None:
    details = [{"type": "reasoning.text", "text": "Hm", "signature": "s"}]
    (thinking, _) = assistant(content="Hi", reasoning_details=details)
    assert thinking.text == "Hm"
    assert thinking.seal.value == '[{"type":"reasoning.text","text":"Hm","signature":"s"}]'


def test_thinking_of_claude_code_router() -> None:
    thinking = Thinking("Hm", seal=Seal("openai_chat", ""))
    said = {"content": "Hm", "signature": "1764303000"}
    assert assistant(content="Hi", thinking=said) == [thinking, Text("Hi")]
    assert assistant(content="Hi", thinking="Hm") == [thinking, Text("Hi")]


def test_the_signature_of_gemini_in_history() -> None:
    extra = {"google": {"thought_signature": "s"}}
    seal = Seal("openai_chat", '{"extra_content":{"google":{"thought_signature":"s"}}}')
    use = ToolUse("call_1", "get_weather", '{"city":"Paris"}')
    assert assistant(content="Hi", tool_calls=[{**CALL, "extra_content": extra}]) == [
        Text("Hi"),
        Thinking(seal=seal),
        use,
    ]


def test_a_refusal_in_a_result_is_text() -> None:
    refusal = [{"type": "refusal", "refusal": "No."}]
    result = {"role": "tool", "tool_call_id": "call_1", "content": refusal}
    turns = read(USER, {"role": "assistant", "tool_calls": [CALL]}, result).turns
    assert turns[-1].parts == [ToolResult("call_1", "get_weather", [Text("No.")])]


def test_custom_tools() -> None:
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /a/"}}
    custom = {"name": "patch", "description": "d", "format": grammar}
    question = read(
        USER,
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "patch", "input": "text"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "done"},
        tools=[{"type": "custom", "custom": custom}],
        tool_choice={"type": "custom", "custom": {"name": "patch"}},
    )
    flat = {"type": "grammar", "syntax": "lark", "definition": "start: /a/"}
    assert question.tools == [Tool("patch", description="d", custom=True, format=flat)]
    assert question.choice == ToolChoice("named", "patch")
    assert question.turns[1].parts == [ToolUse("c", "patch", "text", custom=True)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"tool_choice": "auto"}, ToolChoice()),
        ({"tool_choice": "none"}, ToolChoice("none")),
        ({"tool_choice": "required"}, ToolChoice("required")),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, ToolChoice("named", "f")),
        ({"parallel_tool_calls": False}, ToolChoice(parallel=False)),
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "required",
                        "tools": [{"type": "function", "function": {"name": "f"}}],
                    },
                }
            },
            ToolChoice("required", allowed=["f"]),
        ),
        ({}, None),
    ],
)
def test_tool_choices(said: dict[str, Any], expected: ToolChoice | None) -> None:
    assert asked(tools=[WEATHER], **said).choice == expected


def test_functions_in_the_old_words() -> None:
    question = read(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
        functions=[{"name": "f", "parameters": {"type": "object"}}],
        function_call={"name": "f"},
    )
    use, result = question.turns[1].parts[0], question.turns[2].parts[0]
    assert isinstance(use, ToolUse)
    assert result == ToolResult(use.id, "f", [Text("1")])
    assert question.choice == ToolChoice("named", "f", parallel=False)
    assert question.legacy


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"reasoning_effort": "xhigh"}, Reasoning(effort="xhigh")),
        ({"reasoning_effort": "disable"}, Reasoning(effort="none")),
        ({"reasoning": {"effort": "low"}}, Reasoning(effort="low", shown=True)),
        ({"reasoning": {"max_tokens": 2_000, "exclude": True}}, Reasoning(budget=2_000, shown=False)),
        ({"reasoning": {"enabled": True}}, Reasoning(adaptive=True, shown=True)),
        ({"thinking": {"type": "enabled", "budget_tokens": 5_000}}, Reasoning(budget=5_000, shown=True)),
        ({"thinking": {"type": "adaptive"}}, Reasoning(adaptive=True, shown=True)),
        ({"thinking": {"type": "disabled"}}, Reasoning(effort="none")),
        ({"enable_thinking": True, "thinking_budget": 900}, Reasoning(budget=900, shown=True)),
        ({"enable_thinking": False}, Reasoning(effort="none")),
        ({}, None),
    ],
)
def test_reasoning(said: dict[str, Any], expected: Reasoning | None) -> None:
    assert asked(**said).reasoning == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, AnswerFormat()),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": True},
            },
            AnswerFormat(schema={"type": "object"}, name="n", strict=True),
        ),
    ],
)
def test_answer_formats(said: dict[str, Any], expected: AnswerFormat | None) -> None:
    assert asked(response_format=said).format == expected


def test_everything_else_that_can_be_said() -> None:
    question = asked(
        stop="END",
        temperature=1,
        top_p=0.5,
        top_k=40,
        seed=7,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        verbosity="low",
        safety_identifier="someone",
        service_tier="flex",
        max_tokens=900,
        max_completion_tokens=800,
    )
    assert (question.stop, question.temperature, question.top_p, question.top_k) == (["END"], 1, 0.5, 40)
    assert (question.seed, question.presence_penalty, question.frequency_penalty) == (7, 0.1, 0.2)
    assert (question.verbosity, question.user, question.tier) == ("low", "someone", "flex")
    assert question.ceiling == 800
    assert question.losses == []


def test_the_web_is_searched_as_a_hosted_tool() -> None:
    question = asked(web_search_options={"search_context_size": "low"})
    assert question.tools == [Tool("web_search", hosted="web_search")]
    assert question.losses == ["web_search_options.search_context_size"]


def test_hosted_tools_of_compatible_providers() -> None:
    tools = asked(tools=[{"type": "url_context"}, {"type": "code_execution"}]).tools
    assert [tool.hosted for tool in tools] == ["web_fetch", "code_execution"]


def test_what_cannot_be_said_is_named_once() -> None:
    question = read(
        {"role": "user", "content": "Hi", "name": "Ann"},
        {"role": "user", "content": [{"type": "text", "text": text, "mood": 1} for text in "ab"]},
        logit_bias={"50256": -100},
        logprobs=True,
        top_logprobs=3,
        metadata={"a": "b"},
        store=True,
        prompt_cache_key="k",
        prediction={"type": "content", "content": "x"},
        modalities=["text", "image"],
        tools=[{"type": "retrieval"}],
    )
    assert sorted(question.losses) == [
        "logit_bias",
        "logprobs",
        "messages[].content[].mood",
        "messages[].name",
        "metadata",
        "modalities",
        "prediction",
        "prompt_cache_key",
        "store",
        "tools[].type",
        "top_logprobs",
    ]


def test_a_name_that_is_none_is_not_repeated() -> None:
    assert asked(**{"x\r\ny": 1, "x" * 99: 1}).losses == ["?"]


def test_what_asks_for_nothing_is_no_loss() -> None:
    assert asked(logprobs=False, store=False, logit_bias={}, metadata=None, stop=None, n=1).losses == []
