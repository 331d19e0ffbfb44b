"""Questions as chat providers accept them."""

import base64
from typing import Any

import pytest

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
from proxyapp.protocols.openai_chat.translation.write_messages import short_id
from tests.proxyapp.protocols.openai_chat.translation.saying import HI, body, messages, wrote

IMAGE = Media("image", "image/png", "AAAA")
OBJECT: dict[str, Any] = {"type": "object", "properties": {}}
WEATHER = Tool("get_weather", schema=OBJECT)
PATCH = Tool("patch", custom=True, format={"type": "grammar", "syntax": "lark", "definition": "x"})


def question(**said: Any) -> Question:
    return Question("m", [HI], **said)


def losses(asked: Question, model: str = "some-model") -> list[str]:
    return wrote(asked, model).losses


def test_it_works() -> None:
    written = body(question(system=[Text("be brief")], stream=True))
    assert written == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "Hi"}],
        "max_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("model", "reasoning", "name"),
    [
        ("deepseek-chat", None, "max_tokens"),
        ("deepseek-chat", Reasoning(effort="high"), "max_tokens"),
        ("deepseek-chat", Reasoning(effort="none"), "max_tokens"),
        ("gpt-4.1", None, "max_tokens"),
        ("gpt-4.1", Reasoning(effort="high"), "max_tokens"),
        ("gpt-5", None, "max_completion_tokens"),
        ("openai/gpt-5.6-mini", None, "max_completion_tokens"),
        ("o3", None, "max_completion_tokens"),
        ("o4-mini", None, "max_completion_tokens"),
        ("gpt-5-chat-latest", None, "max_tokens"),
    ],
)
def test_the_ceiling_has_the_name_the_model_knows(model: str, reasoning: Reasoning | None, name: str) -> None:
    written = body(question(reasoning=reasoning, ceiling=7), model, 90)
    assert {key: value for key, value in written.items() if key.startswith("max_")} == {name: 90}


@pytest.mark.parametrize(
    ("model", "reasoning", "effort", "lost"),
    [
        ("gpt-5.6", Reasoning(effort="xhigh"), "xhigh", []),
        ("gpt-5.6", Reasoning(effort="none"), "none", []),
        ("gpt-5", Reasoning(effort="none"), None, ["reasoning_effort"]),
        ("gpt-5", Reasoning(budget=2_000), "low", []),
        ("gpt-5", Reasoning(adaptive=True), None, []),
        ("gpt-5", Reasoning(effort="max"), "high", ["reasoning_effort"]),
        ("o3", Reasoning(effort="minimal"), "low", ["reasoning_effort"]),
        ("gpt-4.1", Reasoning(effort="high"), None, ["reasoning_effort"]),
        ("gpt-4.1", Reasoning(effort="none"), None, []),
        ("glm-5", Reasoning(effort="high"), "high", []),
        ("glm-5", Reasoning(effort="none"), None, ["reasoning_effort"]),
    ],
)
def test_effort(model: str, reasoning: Reasoning, effort: str | None, lost: list[str]) -> None:
    assert body(question(reasoning=reasoning), model).get("reasoning_effort") == effort
    assert losses(question(reasoning=reasoning), model) == lost


def test_what_a_thinking_model_of_openai_refuses() -> None:
    asked = question(temperature=0.2, top_p=1, presence_penalty=0.1, stop=["END"], seed=1)
    written = body(asked, "o3")
    assert not {"temperature", "top_p", "presence_penalty", "stop"} & set(written)
    assert written["seed"] == 1
    assert losses(asked, "o3") == ["temperature", "presence_penalty", "stop"]
    assert losses(asked, "gpt-4.1") == []


def test_sampling_that_chat_has_not() -> None:
    asked = question(top_k=3, stop=list("abcde"), verbosity="low", tier="mine")
    assert losses(asked) == ["stop", "top_k", "service_tier", "verbosity"]
    assert body(asked)["stop"] == ["a", "b", "c", "d"]


def test_thinking_of_others_is_not_told() -> None:
    thinking = Thinking("Hm", seal=Seal("anthropic", "s"))
    asked = Question("m", [HI, Turn("assistant", [thinking, Text("Hello")]), HI])
    assert messages(*asked.turns)[1] == {"role": "assistant", "content": "Hello"}
    assert losses(asked) == ["thinking"]


def test_thinking_of_the_provider_comes_back_to_it() -> None:
    plain = Thinking("Hm. ", seal=Seal("openai_chat", ""))
    sealed = Thinking("So.", seal=Seal("openai_chat", '[{"type":"reasoning.encrypted","data":"x"}]'))
    assert messages(HI, Turn("assistant", [plain, sealed, Text("Hello")]))[1] == {
        "role": "assistant",
        "content": "Hello",
        "reasoning_content": "Hm. So.",
        "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}],
    }


def test_a_turn_of_nothing_but_thinking_is_left_out() -> None:
    assert len(messages(HI, Turn("assistant", [Thinking("Hm")]), HI)) == 2


def test_the_signature_of_gemini_behind_chat_comes_back_with_its_call() -> None:
    extra = {"google": {"thought_signature": "s"}}
    seal = Thinking(seal=Seal("openai_chat", '{"extra_content":{"google":{"thought_signature":"s"}}}'))
    calls = messages(HI, Turn("assistant", [seal, ToolUse("a", "f", "{}"), ToolUse("b", "f", "{}")]))[1]
    assert [call.get("extra_content") for call in calls["tool_calls"]] == [extra, None]
    assert "reasoning_details" not in calls


def test_results_follow_their_calls_and_images_follow_the_results() -> None:
    results = [
        ToolResult("a", "f", [Text("one"), IMAGE]),
        ToolResult("b", "f", [IMAGE]),
        ToolResult("c", "f", [Text("broken")], is_error=True),
    ]
    written = messages(Turn("user", [Text("Look"), *results]))
    assert [(each["role"], each["content"]) for each in written[:3]] == [
        ("tool", "one"),
        ("tool", "The result is in the next message."),
        ("tool", "The tool failed: broken"),
    ]
    assert written[3]["role"] == "user"
    assert [piece["type"] for piece in written[3]["content"]] == ["image_url", "image_url", "text"]


@pytest.mark.parametrize(
    ("model", "several"),
    [
        ("deepseek-chat", "a\n\nb"),
        ("gpt-4o", [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
    ],
)
def test_several_texts_are_a_list_only_for_who_takes_one(model: str, several: Any) -> None:
    texts = [Text("a"), Text("b")]
    turns = [
        Turn("user", [*texts]),
        Turn("assistant", [*texts, ToolUse("c", "f", "{}")]),
        Turn("user", [ToolResult("c", "f", [*texts])]),
    ]
    written = body(Question("m", turns, system=[*texts]), model)["messages"]
    assert [message["content"] for message in written] == [several] * 4


def test_ids_are_as_short_as_openai_wants_them() -> None:
    long = "toolu_" + "x" * 60
    use, result = messages(
        Turn("assistant", [ToolUse(long, "f", "{}")]), Turn("user", [ToolResult(long, "f", [Text("1")])])
    )
    assert use["tool_calls"][0]["id"] == result["tool_call_id"] == short_id(long)
    assert len(short_id(long)) <= 40
    assert short_id("call_1") == "call_1"


def test_a_document_of_text_is_told_as_text() -> None:
    data = base64.b64encode(b"a,b").decode()
    written = messages(Turn("user", [Media("document", "text/csv", data, name="t.csv")]))
    assert written[0]["content"] == "t.csv\n\na,b"


def test_what_only_history_knows_is_lost() -> None:
    cited = Text("Hi", citations=[Citation(url="https://a.b")], cache="5m")
    assert losses(Question("m", [HI, Turn("assistant", [cited, IMAGE])])) == [
        "messages[].annotations",
        "cache_control",
        "messages[].images",
    ]


def test_caching_is_asked_of_claude_only() -> None:
    asked = Question("m", [Turn("user", [Text("Hi", cache="1h")])])
    mark = {"type": "ephemeral", "ttl": "1h"}
    piece = {"type": "text", "text": "Hi", "cache_control": mark}
    assert body(asked, "anthropic/claude-opus-4.5")["messages"][0]["content"] == [piece]


def test_custom_tools_are_native_where_the_model_has_them() -> None:
    asked = Question(
        "m",
        [HI, Turn("assistant", [ToolUse("c", "patch", "text", custom=True)])],
        tools=[PATCH],
        choice=ToolChoice("named", "patch"),
    )
    newest, older = body(asked, "gpt-5.6"), body(asked, "gpt-4.1")
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}
    assert newest["tools"] == [{"type": "custom", "custom": {"name": "patch", "format": grammar}}]
    assert newest["tool_choice"] == {"type": "custom", "custom": {"name": "patch"}}
    assert newest["messages"][1]["tool_calls"][0]["custom"] == {"name": "patch", "input": "text"}
    assert older["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert older["tool_choice"] == {"type": "function", "function": {"name": "patch"}}
    assert older["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"input":"text"}'
    assert losses(asked, "gpt-4.1") == ["tools[].custom.format"]


def test_a_tool_of_a_namespace_has_its_flat_name() -> None:
    written = body(question(tools=[Tool("read", namespace="fs", schema=OBJECT)]))
    assert written["tools"][0]["function"]["name"] == "fs__read"


def test_schemas_are_made_acceptable() -> None:
    loose = Tool("f", schema={"anyOf": [{}], "properties": {"a": {"type": "string"}}}, strict=True)
    (tool,) = body(question(tools=[loose]))["tools"]
    assert tool["function"]["parameters"] == {"type": "object", "properties": {"a": {"type": "string"}}}
    assert tool["function"]["strict"] is False
    assert losses(question(tools=[loose])) == [
        "tools[].function.parameters.anyOf",
        "tools[].function.strict",
    ]


def test_a_schema_that_cannot_be_strict_is_not() -> None:
    asked = question(format=AnswerFormat(schema={"type": "object"}, strict=True))
    said = body(asked)["response_format"]["json_schema"]
    assert said == {"name": "answer", "schema": {"type": "object"}, "strict": False}
    assert losses(asked) == ["response_format.json_schema.strict"]


def test_tools_are_narrowed_where_the_model_cannot_be_told() -> None:
    asked = question(tools=[WEATHER, Tool("other")], choice=ToolChoice("required", allowed=["other"]))
    older = body(asked, "gpt-4.1")
    assert [tool["function"]["name"] for tool in older["tools"]] == ["other"]
    assert older["tool_choice"] == "required"
    assert len(body(asked, "gpt-5.6")["tools"]) == 2


def test_a_choice_needs_tools() -> None:
    assert "tool_choice" not in body(question(choice=ToolChoice("auto", parallel=True)))
    assert losses(question(choice=ToolChoice("required"))) == ["tool_choice"]
    assert losses(question(tools=[WEATHER], choice=ToolChoice("named", "none_such"))) == ["tool_choice"]


def test_the_web_is_searched_by_models_that_can() -> None:
    search = Tool("web_search", hosted="web_search", options={"allowed_domains": ["a.b"]})
    asked = question(tools=[search, Tool("web_fetch", hosted="web_fetch")])
    assert body(asked, "gpt-5-search-api")["web_search_options"] == {}
    assert losses(asked, "gpt-5-search-api") == [
        "web_search_options.allowed_domains",
        "tools[].web_fetch",
    ]
    assert losses(asked, "gpt-5.6") == ["tools[].web_search", "tools[].web_fetch"]


def test_a_user_is_named_in_64_characters() -> None:
    assert body(question(user="short"))["user"] == "short"
    assert len(body(question(user="{" + "x" * 150))["user"]) == 64
    assert body(question(tier="standard_only"))["service_tier"] == "default"
