"""A question of any origin as a request that Anthropic accepts, with what had to be left out."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    AnswerFormat,
    Question,
    Text,
    Turn,
)
from tests.proxyapp.protocols.anthropic.translation.vocabulary import (
    HELLO,
    SCHEMA,
    THINKS,
    TOOL,
    decoded,
    write,
)

HI = {"role": "user", "content": [{"type": "text", "text": "hi"}]}


def test_it_works() -> None:
    written = TRANSLATOR.write_question(HELLO, "claude-x", 100)
    assert decoded(written.body) == {"model": "claude-x", "max_tokens": 100, "messages": [HI]}
    assert written.headers == [(b"anthropic-version", b"2023-06-01")]
    assert written.losses == []


@pytest.mark.parametrize(
    ("fields", "written", "losses"),
    [
        ({"temperature": 1.5}, {"temperature": 1}, ["temperature"]),
        ({"temperature": 0.5, "top_p": 1}, {"temperature": 0.5}, []),
        ({"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}, ["top_p"]),
        ({"top_p": 0.5, "top_k": 3}, {"top_p": 0.5, "top_k": 3}, []),
        ({"temperature": 1, "top_p": 1, "reasoning": THINKS}, {}, []),
        ({"temperature": 0, "top_k": 3, "reasoning": THINKS}, {}, ["temperature", "top_k"]),
    ],
)
def test_sampling(fields: dict[str, Any], written: dict[str, Any], losses: list[str]) -> None:
    body, lost = write(**fields)
    assert {name: body[name] for name in ("temperature", "top_p", "top_k") if name in body} == written
    assert lost == losses


def test_what_the_provider_does_not_know_is_named() -> None:
    _, losses = write(
        seed=1,
        presence_penalty=0.5,
        frequency_penalty=0.0,
        verbosity="low",
        tier="flex",
        stop=[" "],
        user="u" * 300,
    )
    unknown = ["stop_sequences", "metadata.user_id", "service_tier", "seed", "presence_penalty", "verbosity"]
    assert losses == unknown


def test_a_schema_carries_its_name_and_description() -> None:
    format_ = AnswerFormat(schema={"type": "object", "properties": {}}, name="city", description="A city.")
    body, losses = write(format=format_)
    assert body["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {**SCHEMA, "title": "city", "description": "A city.", "additionalProperties": False},
    }
    assert losses == []


def test_a_schema_is_closed_and_its_other_keywords_are_told() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": True,
        "properties": {
            "a": {"oneOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/$defs/b"}]},
            "c": {"type": "array", "items": {"type": "string", "format": "regex"}, "minItems": 2},
        },
        "$defs": {"b": {"type": "object", "properties": {}}},
    }
    body, losses = write(format=AnswerFormat(schema=schema))
    assert body["output_config"]["format"]["schema"] == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "a": {
                "anyOf": [
                    {"type": "integer", "description": 'It must also satisfy {"minimum":1}.'},
                    {"$ref": "#/$defs/b"},
                ]
            },
            "c": {
                "type": "array",
                "items": {"type": "string", "description": 'It must also satisfy {"format":"regex"}.'},
                "description": 'It must also satisfy {"minItems":2}.',
            },
        },
        "$defs": {"b": {"type": "object", "properties": {}, "additionalProperties": False}},
    }
    at = "output_config.format.schema"
    assert losses == [f"{at}.{name}" for name in ("additionalProperties", "minimum", "format", "minItems")]


def test_json_without_a_schema_is_asked_for_in_words() -> None:
    body, losses = write(format=AnswerFormat(), system=[Text("Be brief.")])
    assert body["system"][0]["text"] == "Be brief."
    assert "JSON object" in body["system"][1]["text"]
    assert losses == ["output_config.format"]


def test_the_question_is_left_as_it_was() -> None:
    question = Question("m", [Turn("user", [Text("a")]), Turn("user", [Text("b")])], tools=[TOOL])
    before = msgspec.json.encode(question)
    TRANSLATOR.write_question(question, "m", 100)
    assert msgspec.json.encode(question) == before
