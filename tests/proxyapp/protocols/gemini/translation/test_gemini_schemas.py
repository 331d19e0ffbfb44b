"""Gemini's schemas as JSON schemas."""

from typing import Any

import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.gemini.translation.schemas import json_schema


def test_it_works() -> None:
    plain = {
        "type": "OBJECT",
        "properties": {"type": {"type": "STRING", "format": "enum", "enum": ["OBJECT"]}},
    }
    expected = {"type": "object", "properties": {"type": {"type": "string", "enum": ["OBJECT"]}}}
    assert json_schema(plain, "parameters") == expected


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ({"type": "STRING", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "STRING", "nullable": False}, {"type": "string"}),
        (
            {"type": "STRING", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"any_of": [{"type": "INTEGER"}], "nullable": True},
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        ),
        (
            {"type": "ARRAY", "min_items": "2", "items": {"type": "NUMBER"}},
            {"type": "array", "minItems": 2, "items": {"type": "number"}},
        ),
        (
            {"ref": "#/defs/A", "defs": {"A": {"type": "NULL"}}},
            {"$ref": "#/$defs/A", "$defs": {"A": {"type": "null"}}},
        ),
        ({"type": "TYPE_UNSPECIFIED", "description": "x"}, {"description": "x"}),
    ],
)
def test_what_is_said_differently(plain: dict[str, Any], expected: dict[str, Any]) -> None:
    assert json_schema(plain, "parameters") == expected


def test_the_order_of_properties_is_kept() -> None:
    plain = {"properties": {"a": {}, "b": {}, "c": {}}, "propertyOrdering": ["c", "gone", "a"]}
    assert list(json_schema(plain, "parameters")["properties"]) == ["c", "a", "b"]


def test_a_json_schema_stays_as_it_is() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "nullable": {"type": ["string", "null"], "pattern": "^A$"},
            "defs": {"const": "STRING"},
        },
        "required": ["nullable"],
        "additionalProperties": False,
        "oneOf": [{"properties": {"defs": True}}],
    }
    assert json_schema(schema, "parameters") == schema


def test_a_schema_that_is_none_is_named() -> None:
    with pytest.raises(InvalidRequest) as caught:
        json_schema({"anyOf": [{}, 5]}, "parameters")
    assert caught.value.problem.details["param"] == "parameters.anyOf[1]"
