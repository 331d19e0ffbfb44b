"""The generateContent request that a question becomes."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    AnswerFormat,
    Citation,
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
from proxyapp.protocols.carrying import custom_schema
from tests.proxyapp.protocols.gemini.translation.saying import asked, written

SKIP = "skip_thought_signature_validator"
USE = ToolUse("call_1", "look", '{"at":"sky"}')
RESULT = ToolResult("call_1", "look", [Text("blue")])
OWN = Seal(origin="gemini", value="c2ln")
FOREIGN = Seal(origin="anthropic", value="EqQB")
PICTURE = Media("image", media_type="image/png", data="aGk=")
LOOK = Tool("look", schema={"type": "object"})


def user(*parts: Any) -> Turn:
    return Turn("user", list(parts))


def model(*parts: Any) -> Turn:
    return Turn("assistant", list(parts))


def contents(*turns: Turn, model: str = "gemini-3.1-pro-preview") -> list[Any]:
    body, _ = written(asked(*turns), model=model)
    return [content["parts"] for content in body["contents"]]


def settings(model: str = "gemini-3.1-pro-preview", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, losses = written(asked(**fields), model=model)
    return body["generationConfig"], losses


def test_it_works() -> None:
    body, losses = written(asked(system=[Text("Be brief.")]))
    assert body == {
        "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"maxOutputTokens": 4096},
    }
    assert losses == []


def test_a_tool_loop() -> None:
    _, call, result = contents(user(Text("Look.")), model(Thinking(seal=OWN), USE), user(RESULT))
    said = {"id": "call_1", "name": "look", "args": {"at": "sky"}}
    assert call == [{"functionCall": said, "thoughtSignature": "c2ln"}]
    assert result == [{"functionResponse": {"id": "call_1", "name": "look", "response": {"output": "blue"}}}]


def test_only_the_first_call_of_a_step_in_this_turn_needs_a_signature() -> None:
    again = ToolUse("call_2", "look", "{}")
    earlier, now = model(ToolUse("call_0", "look", "{}")), model(USE, again)
    given = user(ToolResult("call_0", "look", []))
    written = contents(user(Text("One")), earlier, given, user(Text("Two")), now, user(RESULT))
    signatures = [
        part.get("thoughtSignature") for parts in written for part in parts if "functionCall" in part
    ]
    assert signatures == [None, SKIP, None]


def test_a_foreign_seal_stays_behind() -> None:
    body, losses = written(asked(user(Text("a")), model(Thinking("Hm.", seal=FOREIGN), USE), user(RESULT)))
    assert body["contents"][1]["parts"][0] == {"text": "Hm.", "thought": True}
    assert body["contents"][1]["parts"][1]["thoughtSignature"] == SKIP
    assert losses == []


def test_thinking_of_which_nothing_can_be_said_is_a_loss() -> None:
    turns = [user(Text("a")), model(Thinking(seal=FOREIGN, redacted=True)), user(Text("b"))]
    body, losses = written(asked(*turns))
    assert [content["role"] for content in body["contents"]] == ["user"]
    assert body["contents"][0]["parts"] == [{"text": "a"}, {"text": "b"}]
    assert losses == ["thinking"]


def test_results_come_first_and_in_the_order_of_their_calls() -> None:
    other = ToolUse("call_2", "hear", "{}")
    results = [ToolResult("call_2", "hear", [Text("wind")], is_error=True), Text("So?"), RESULT]
    parts = contents(user(Text("a")), model(USE, other), user(*results))[2]
    assert [part.get("functionResponse", {}).get("id") for part in parts] == ["call_1", "call_2", None]
    assert parts[1]["functionResponse"]["response"] == {"error": "wind"}


def test_an_id_that_gemini_may_not_take_is_left_out_on_both_sides() -> None:
    use, result = ToolUse("call/ü", "look", "{}"), ToolResult("call/ü", "look", [])
    _, call, answer = contents(user(Text("a")), model(use), user(result))
    assert "id" not in call[0]["functionCall"]
    assert "id" not in answer[0]["functionResponse"]


def test_media_in_a_result() -> None:
    turns = user(Text("a")), model(USE), user(ToolResult("call_1", "look", [Text("a"), PICTURE]))
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    assert contents(*turns)[2][0]["functionResponse"]["parts"] == [image]
    assert contents(*turns, model="gemini-2.5-flash")[2][1:] == [image]


def test_media_by_link() -> None:
    links = [
        Media("image", url="https://example.com/a.jpg"),
        Media("document", url="https://example.com/a"),
        Media("video", url="https://youtu.be/x"),
    ]
    assert contents(user(*links))[0] == [
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://example.com/a.jpg"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://example.com/a"}},
        {"fileData": {"fileUri": "https://youtu.be/x"}},
    ]


def test_free_text_is_the_argument_of_a_function() -> None:
    tool = Tool("apply_patch", custom=True, format={"type": "grammar"}, namespace="edit")
    use = ToolUse("call_1", "edit__apply_patch", "*** Begin", custom=True)
    body, losses = written(asked(user(Text("a")), model(use), user(RESULT), tools=[tool]))
    [declared] = body["tools"][0]["functionDeclarations"]
    assert declared == {"name": "edit__apply_patch", "parametersJsonSchema": custom_schema()}
    assert body["contents"][1]["parts"][0]["functionCall"]["args"] == {"input": "*** Begin"}
    assert losses == ["tools[].format"]


def test_hosted_tools_give_way_to_functions() -> None:
    search = Tool("web_search", hosted="web_search", options={"max_uses": 3})
    body, losses = written(asked(tools=[search, Tool("run", hosted="code_execution")]))
    assert body["tools"] == [{"googleSearch": {}}, {"codeExecution": {}}]
    assert losses == ["tools[].max_uses"]
    body, losses = written(asked(tools=[search, LOOK]))
    assert list(body["tools"][0]) == ["functionDeclarations"]
    assert losses == ["tools[].web_search"]


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        (ToolChoice(), {"mode": "AUTO"}),
        (ToolChoice("none", allowed=["look"]), {"mode": "NONE"}),
        (ToolChoice("required"), {"mode": "ANY"}),
        (ToolChoice("named", name="look"), {"mode": "ANY", "allowedFunctionNames": ["look"]}),
        (ToolChoice("auto", allowed=["look"]), {"mode": "VALIDATED", "allowedFunctionNames": ["look"]}),
    ],
)
def test_which_tools_may_be_called(choice: ToolChoice, calling: dict[str, Any]) -> None:
    body, losses = written(asked(tools=[LOOK], choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": calling}
    assert losses == []


def test_a_choice_without_functions() -> None:
    body, losses = written(asked(choice=ToolChoice("required")))
    assert "toolConfig" not in body
    assert losses == ["choice"]


def test_an_answer_format() -> None:
    format = AnswerFormat(schema={"type": "object"}, name="weather", description="As it is.", strict=True)
    config, losses = settings(format=format)
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"] == {
        "title": "weather",
        "description": "As it is.",
        "type": "object",
    }
    assert losses == []


def test_older_models_take_no_format_beside_tools() -> None:
    config, losses = settings("gemini-2.5-pro", format=AnswerFormat(), tools=[LOOK])
    assert config == {"maxOutputTokens": 4096}
    assert losses == ["format"]


@pytest.mark.parametrize(
    ("name", "reasoning", "thinking", "lost"),
    [
        ("gemini-3.1-pro-preview", Reasoning(effort="high"), {"thinkingLevel": "HIGH"}, []),
        ("gemini-3.1-pro-preview", Reasoning(effort="none"), {"thinkingLevel": "LOW"}, ["reasoning.effort"]),
        ("gemini-3.8-flash", Reasoning(effort="minimal"), {"thinkingLevel": "MINIMAL"}, []),
        ("gemini-3.8-flash", Reasoning(effort="max"), {"thinkingLevel": "HIGH"}, ["reasoning.effort"]),
        ("gemini-3.8-flash", Reasoning(budget=8_000), {"thinkingLevel": "MEDIUM"}, []),
        ("gemini-flash-latest", Reasoning(adaptive=True, shown=False), {"includeThoughts": False}, []),
        ("gemini-2.5-flash", Reasoning(adaptive=True), {"thinkingBudget": -1}, []),
        ("gemini-2.5-flash", Reasoning(effort="none"), {"thinkingBudget": 0}, []),
        ("gemini-2.5-flash", Reasoning(effort="high"), {"thinkingBudget": 24_576}, []),
        ("gemini-2.5-flash", Reasoning(budget=30_000), {"thinkingBudget": 24_576}, ["reasoning.budget"]),
        ("gemini-2.5-pro", Reasoning(effort="none"), {"thinkingBudget": 128}, ["reasoning.effort"]),
        ("gemini-2.5-flash-lite", Reasoning(budget=100), {"thinkingBudget": 512}, ["reasoning.budget"]),
        ("gemini-2.0-flash", Reasoning(effort="high"), None, ["reasoning"]),
    ],
)  # fmt: skip
def test_reasoning(name: str, reasoning: Reasoning, thinking: Any, lost: list[str]) -> None:
    config, losses = settings(name, reasoning=reasoning)
    assert config.get("thinkingConfig") == thinking
    assert losses == lost


def test_settings() -> None:
    config, losses = settings(
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=1 << 40,
        presence_penalty=0.0,
        frequency_penalty=1.0,
        stop=list("abcdef"),
    )
    assert config == {
        "maxOutputTokens": 4096,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "presencePenalty": 0.0,
        "frequencyPenalty": 1.0,
        "stopSequences": list("abcde"),
    }
    assert losses == ["stop", "seed"]


@pytest.mark.parametrize(("tier", "said"), [("auto", None), ("default", "standard"), ("flex", "flex")])
def test_a_tier(tier: str, said: str | None) -> None:
    body, losses = written(asked(tier=tier))
    assert body.get("serviceTier") == said
    assert losses == []


def test_losses() -> None:
    cited = Text("a", cache="5m", citations=[Citation(url="https://example.com")])
    picture = Media("image", data="aGk=", name="a.png", detail="high")
    question = asked(
        user(Text("a"), picture),
        model(cited, Refusal("No.")),
        user(Text("b")),
        tools=[Tool("look", strict=True)],
        choice=ToolChoice(parallel=False),
        tier="scale",
        user="alice",
        verbosity="low",
    )
    _, losses = written(question)
    assert losses == [
        "name",
        "detail",
        "cache",
        "citations",
        "tools[].strict",
        "choice.parallel",
        "tier",
        "user",
        "verbosity",
    ]


def test_a_system_prompt_alone_is_what_the_user_says() -> None:
    question = asked(system=[Text("Be brief.")])
    question.turns = []
    body, _ = written(question)
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Be brief."}]}]
    assert "systemInstruction" not in body
