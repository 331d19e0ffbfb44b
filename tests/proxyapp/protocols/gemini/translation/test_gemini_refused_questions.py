"""Requests that are not what Gemini allows, or ask for what no translation can give."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.gemini.translation import TRANSLATOR
from tests.proxyapp.protocols.gemini.translation.saying import MODEL, refused


def part(value: Any, role: str = "user") -> dict[str, Any]:
    return {"contents": [{"role": role, "parts": [{"text": "a"}, value]}]}


def test_it_works() -> None:
    problem = refused(contents=[{"parts": [{"text": 1}]}])
    assert (problem.code, problem.details["param"]) == ("invalid_request", "contents[0].parts[0].text")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"contents": []}, "contents"),
        ({"contents": ["hi"]}, "contents[0]"),
        ({"contents": [{"role": "system", "parts": []}]}, "contents[0].role"),
        (part([]), "contents[0].parts[1]"),
        (part({"inlineData": {"mimeType": "image/png"}}), "contents[0].parts[1].inlineData.data"),
        (part({"fileData": {"fileUri": 1}}), "contents[0].parts[1].fileData.fileUri"),
        (part({"functionCall": {"name": "a"}}), "contents[0].parts[1].functionCall"),
        (part({"functionCall": {"name": ""}}, "model"), "contents[0].parts[1].functionCall.name"),
        (
            part({"functionCall": {"name": "a", "args": []}}, "model"),
            "contents[0].parts[1].functionCall.args",
        ),
        (part({"functionResponse": {"name": "a"}}), "contents[0].parts[1].functionResponse"),
        (part({"thought": 1}, "model"), "contents[0].parts[1].thought"),
        (part({"fileData": {}, "file_data": {}}), "contents[0].parts[1].file_data"),
        ({"systemInstruction": 5}, "systemInstruction"),
        ({"systemInstruction": [{"text": 1}]}, "systemInstruction[0].text"),
        ({"tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        (
            {"toolConfig": {"functionCallingConfig": {"mode": "SOME"}}},
            "toolConfig.functionCallingConfig.mode",
        ),
        ({"generationConfig": {"stopSequences": [1]}}, "generationConfig.stopSequences[0]"),
        ({"generationConfig": {"temperature": True}}, "generationConfig.temperature"),
        ({"generationConfig": {"topK": 1.5}}, "generationConfig.topK"),
        ({"generationConfig": {"responseJsonSchema": []}}, "generationConfig.responseJsonSchema"),
        (
            {"generationConfig": {"responseSchema": {}, "responseJsonSchema": {}}},
            "generationConfig.responseJsonSchema",
        ),
        (
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "VAST"}}},
            "generationConfig.thinkingConfig.thinkingLevel",
        ),
    ],
)
def test_the_field_is_named(body: dict[str, Any], param: str) -> None:
    problem = refused(**body)
    assert problem.details["param"] == param
    assert problem.code == "invalid_request"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"cachedContent": "cachedContents/abc"}, "cachedContent"),
        ({"continuation_token": "abc"}, "continuationToken"),
        ({"generationConfig": {"candidateCount": 2}}, "generationConfig.candidateCount"),
        ({"generationConfig": {"responseModalities": ["AUDIO"]}}, "generationConfig.responseModalities"),
        (part({"fileData": {"fileUri": "gs://bucket/a.png"}}), "contents[0].parts[1].fileData.fileUri"),
        (
            part({"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}}),
            "contents[0].parts[1].fileData.fileUri",
        ),
    ],
)
def test_what_only_gemini_can_give(body: dict[str, Any], param: str) -> None:
    problem = refused(**body)
    assert (problem.code, problem.details["param"]) == ("not_translatable", param)
    assert "generateContent" in problem.hint


def test_a_body_nested_too_deeply() -> None:
    deep = (
        b'{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"a","parameters":'
    )
    body = deep + b'{"items":' * 900 + b"{}" + b"}" * 900 + b"}]}]}"
    with pytest.raises(InvalidRequest):
        TRANSLATOR.read_question(body, MODEL, stream=False)


RICH: dict[str, Any] = {
    "systemInstruction": {"role": "user", "parts": [{"text": "a"}]},
    "contents": [
        {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "aGk="}}]},
        {
            "role": "model",
            "parts": [
                {"text": "a", "thought": True, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "1", "name": "a", "args": {"b": 1}}},
            ],
        },
        {"parts": [{"functionResponse": {"id": "1", "name": "a", "response": {"output": 1}, "parts": []}}]},
        {"parts": [{"fileData": {"fileUri": "https://example.com/a.png"}}]},
    ],
    "tools": [
        {"functionDeclarations": [{"name": "a", "parameters": {"properties": {"b": {"enum": ["c"]}}}}]}
    ],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["a"]}},
    "generationConfig": {
        "stopSequences": ["a"],
        "responseSchema": {"anyOf": [{"type": "STRING"}], "propertyOrdering": ["a"]},
        "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True},
        "responseModalities": ["TEXT"],
    },
}
SIMPLE = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-9, 9) | st.sampled_from(["", "a", "STRING"])
)
ANYTHING = SIMPLE | st.lists(SIMPLE, max_size=2) | st.dictionaries(st.sampled_from(["text", "type"]), SIMPLE)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_sent_is_read_or_refused(data: st.DataObject) -> None:
    body = msgspec.json.encode(_with_another_value(RICH, data))
    try:
        TRANSLATOR.read_question(body, MODEL, stream=False)
    except InvalidRequest as refusal:
        param = refusal.problem.details["param"]
    else:
        param = "none"
    assert param


def _with_another_value(value: Any, data: st.DataObject) -> Any:
    """The value with something else in one place, anywhere in it."""
    if not value or not isinstance(value, dict | list) or data.draw(st.integers(0, 7)) == 0:
        return data.draw(ANYTHING)
    if isinstance(value, dict):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _with_another_value(value[key], data)}
    index = data.draw(st.integers(0, len(value) - 1))
    return [*value[:index], _with_another_value(value[index], data), *value[index + 1 :]]
