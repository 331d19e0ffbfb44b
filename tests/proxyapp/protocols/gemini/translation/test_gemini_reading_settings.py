"""Tools and settings of a generateContent request."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import AnswerFormat, Reasoning, Tool, ToolChoice
from tests.proxyapp.protocols.gemini.translation.saying import read


def config(**settings: Any) -> Any:
    return read(generationConfig=settings)


def choice(**calling: Any) -> ToolChoice | None:
    return read(toolConfig={"functionCallingConfig": calling}).choice


def test_it_works() -> None:
    question = config(
        temperature=1,
        top_p=0.95,
        topK=64.0,
        seed=7,
        presencePenalty=0.5,
        frequencyPenalty=-0.5,
        maxOutputTokens=256,
        stopSequences=["END"],
        candidateCount=1,
    )
    assert (question.temperature, question.top_p, question.top_k, question.seed) == (1, 0.95, 64, 7)
    assert (question.presence_penalty, question.frequency_penalty) == (0.5, -0.5)
    assert (question.ceiling, question.stop, question.losses) == (256, ["END"], [])


def test_functions_in_either_kind_of_schema() -> None:
    plain = {
        "name": "a",
        "description": "A.",
        "parameters": {"type": "OBJECT", "properties": {"x": {"type": "STRING"}}},
    }
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    given = [plain, {"name": "b", "parameters_json_schema": schema}, {"name": "c"}]
    tools = read(tools=[{"functionDeclarations": given}]).tools
    assert tools == [Tool("a", description="A.", schema=schema), Tool("b", schema=schema), Tool("c")]


def test_hosted_tools() -> None:
    question = read(
        tools=[
            {"googleSearch": {"excludeDomains": ["example.com"]}},
            {"url_context": {}},
            {"codeExecution": {}},
            {"googleSearchRetrieval": {"dynamicRetrievalConfig": {}}},
            {"computerUse": {"environment": "ENVIRONMENT_BROWSER"}},
        ]
    )
    assert [tool.hosted for tool in question.tools] == [
        "web_search",
        "web_fetch",
        "code_execution",
        "web_search",
    ]
    assert question.tools[0].options == {"blocked_domains": ["example.com"]}
    assert question.losses == ["tools[].googleSearchRetrieval.dynamicRetrievalConfig", "tools[].computerUse"]


@pytest.mark.parametrize(
    ("calling", "expected"),
    [
        ({}, ToolChoice()),
        ({"mode": "AUTO"}, ToolChoice()),
        ({"mode": "any"}, ToolChoice("required")),
        ({"mode": "ANY", "allowedFunctionNames": ["a"]}, ToolChoice("named", name="a")),
        ({"mode": "ANY", "allowed_function_names": ["a", "b"]}, ToolChoice("required", allowed=["a", "b"])),
        ({"mode": "VALIDATED", "allowedFunctionNames": ["a"]}, ToolChoice("auto", allowed=["a"])),
        ({"mode": "NONE"}, ToolChoice("none")),
    ],
)
def test_which_tools_may_be_called(calling: dict[str, Any], expected: ToolChoice) -> None:
    assert choice(**calling) == expected


def test_nothing_said_of_a_choice() -> None:
    assert read().choice is None


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"includeThoughts": True, "thinkingLevel": "HIGH"}, Reasoning(effort="high", shown=True)),
        ({"thinking_budget": 1024}, Reasoning(budget=1024)),
        ({"thinkingBudget": -1}, Reasoning(adaptive=True)),
        ({"thinkingBudget": 0, "includeThoughts": False}, Reasoning(effort="none", shown=False)),
        ({}, Reasoning()),
    ],
)
def test_thinking(thinking: dict[str, Any], expected: Reasoning) -> None:
    assert config(thinkingConfig=thinking).reasoning == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"responseMimeType": "application/json"}, AnswerFormat()),
        ({"responseMimeType": "text/plain"}, None),
        ({"responseSchema": {"type": "STRING"}}, AnswerFormat(schema={"type": "string"})),
        ({"response_json_schema": {"type": "OBJECT"}}, AnswerFormat(schema={"type": "object"})),
    ],
)
def test_answers_in_json(settings: dict[str, Any], expected: AnswerFormat | None) -> None:
    assert config(**settings).format == expected


def test_a_tier() -> None:
    assert read(serviceTier="FLEX").tier == "flex"


def test_losses_are_named_once_and_without_indices() -> None:
    part = {"text": "Hi", "videoMetadata": {}}
    question = read(
        contents=[{"parts": [part, part]}],
        safety_settings=[],
        labels={"a": "b"},
        whatever=1,
        toolConfig={"retrievalConfig": {}, "functionCallingConfig": {"mode": "VALIDATED"}},
        generationConfig={"speechConfig": {}, "responseModalities": ["TEXT", "IMAGE"], "logprobs": 3},
    )
    assert sorted(question.losses) == [
        "contents[].parts[].videoMetadata",
        "generationConfig.logprobs",
        "generationConfig.responseModalities",
        "generationConfig.speechConfig",
        "labels",
        "safetySettings",
        "toolConfig.functionCallingConfig.mode",
        "toolConfig.retrievalConfig",
        "whatever",
    ]
