"""Plausible values for JSON schemas."""

from typing import Any

import pytest

from proxyapp.sandbox.schema import example


def test_it_works() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "boolean"}},
        "required": ["a", "b"],
    }
    assert example(schema) == {"a": "sandbox", "b": 1}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["x", "y"], "type": "string"}, "x"),
        ({"const": 3}, 3),
        ({"type": "number", "minimum": 5}, 5),
        ({"type": "STRING"}, "sandbox"),
        ({"type": ["string", "null"]}, "sandbox"),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["sandbox"]),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ({"required": ["unknown"]}, {"unknown": {}}),
        (None, {}),
        ("nonsense", {}),
    ],
)
def test_the_simplest_value_that_fits(schema: Any, value: Any) -> None:
    assert example(schema) == value


def test_endless_schemas_end() -> None:
    schema: dict[str, Any] = {"type": "object", "required": ["again"]}
    schema["properties"] = {"again": schema}
    assert example(schema)
