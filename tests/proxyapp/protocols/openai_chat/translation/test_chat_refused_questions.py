"""What is wrong in a chat request is named, and what cannot be translated is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from tests.proxyapp.protocols.openai_chat.translation.saying import read, refusal

USER = {"role": "user", "content": "Hi"}
OBJECT = {"type": "object", "additionalProperties": False}


def content(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def test_it_works() -> None:
    problem = refusal({"role": "user", "content": 3})
    assert problem.details["param"] == "messages[0].content"
    assert problem.status == 400


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"content": "x"}, "messages[1].role"),
        ({"role": "narrator"}, "messages[1].role"),
        ({"role": "user"}, "messages[1].content"),
        (content({"type": "text"}), "messages[1].content[0].text"),
        (content({"type": "text", "text": 1}), "messages[1].content[0].text"),
        (content(USER, {"type": "text", "text": "x"}), "messages[1].content[0].type"),
        (content({"type": "hologram"}), "messages[1].content[0].type"),
        (content({"type": "image_url"}), "messages[1].content[0].image_url"),
        (content({"type": "image_url", "image_url": {}}), "messages[1].content[0].image_url.url"),
        (content({"type": "image_url", "image_url": 7}), "messages[1].content[0].image_url"),
        (content({"type": "image_url", "image_url": "cat.png"}), "messages[1].content[0].image_url"),
        (content({"type": "image_url", "image_url": "data:,x"}), "messages[1].content[0].image_url"),
        (content({"type": "input_audio"}), "messages[1].content[0].input_audio"),
        (content({"type": "file", "file": {}}), "messages[1].content[0].file.file_data"),
        ({"role": "tool", "content": "x"}, "messages[1].tool_call_id"),
        ({"role": "function", "name": "f", "content": "x"}, "messages[1].name"),
        ({"role": "assistant", "tool_calls": [{"id": "c"}]}, "messages[1].tool_calls[0].function"),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
            "messages[1].tool_calls[0].id",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": 1}}]},
            "messages[1].tool_calls[0].function.name",
        ),
        ({"role": "assistant", "reasoning_details": ["x"]}, "messages[1].reasoning_details[0]"),
    ],
)
def test_messages(message: dict[str, Any], param: str) -> None:
    assert refusal(USER, message).details["param"] == param


def test_system_messages_hold_nothing_but_text() -> None:
    image = {"type": "image_url", "image_url": "https://a"}
    assert refusal({"role": "system", "content": [image]}, USER).details["param"] == "messages[0].content"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"function": {"name": "f", "parameters": []}}]}, "tools[0].function.parameters"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools"),
        ({"stop": [1]}, "stop[0]"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"seed": 1.5}, "seed"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema", "json_schema": 1}}, "response_format.json_schema"),
        ({"reasoning_effort": "very"}, "reasoning_effort"),
        ({"reasoning": {"effort": "very"}}, "reasoning.effort"),
        ({"reasoning": {"max_tokens": -1}}, "reasoning.max_tokens"),
        ({"thinking": {"type": "sometimes"}}, "thinking.type"),
    ],
)
def test_fields(fields: dict[str, Any], param: str) -> None:
    assert refusal(**fields).details["param"] == param


@pytest.mark.parametrize(
    ("problem", "param"),
    [
        (refusal(n=2), "n"),
        (refusal(modalities=["text", "audio"]), "modalities"),
        (refusal(content({"type": "file", "file": {"file_id": "f"}})), "messages[0].content[0].file.file_id"),
    ],
)
def test_what_no_translation_can_give(problem: Any, param: str) -> None:
    assert problem.code == "not_translatable"
    assert problem.details["param"] == param
    assert "/v1/chat/completions" in problem.hint


def test_messages_are_required() -> None:
    with pytest.raises(InvalidRequest) as caught:
        TRANSLATOR.read_question(b"{}", "m", stream=False)
    assert caught.value.problem.details["param"] == "messages"


def test_a_schema_nested_too_deeply() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(800):
        schema = {"type": "array", "items": schema}
    schema = {**OBJECT, "properties": {"a": schema}, "required": ["a"]}
    question = read(USER, tools=[{"function": {"name": "f", "parameters": schema, "strict": True}}])
    with pytest.raises(InvalidRequest):
        TRANSLATOR.write_question(question, "m", 100)


NAMES = [
    "type",
    "text",
    "role",
    "content",
    "function",
    "name",
    "id",
    "tool_calls",
    "image_url",
    "url",
    "custom",
]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["", "text", "image_url", "user", "tool"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "reasoning",
    "stop",
    "response_format",
    "thinking",
]


@given(
    message=st.dictionaries(st.sampled_from(NAMES), JUNK),
    fields=st.dictionaries(st.sampled_from(FIELDS), JUNK),
)
def test_nothing_but_refusals(message: dict[str, Any], fields: dict[str, Any]) -> None:
    with suppress(InvalidRequest):
        read({"role": "user", "content": "Hi", **message}, **fields)
