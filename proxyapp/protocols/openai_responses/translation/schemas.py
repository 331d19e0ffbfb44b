"""JSON schemas as OpenAI takes them."""

from typing import Any

_NOT_AT_THE_TOP = ("oneOf", "anyOf", "allOf", "enum", "not")
"""Refused at the top level of a function's parameters."""


def parameters_of(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A function's parameters: an object with properties; and the keywords that had to go."""
    lost = [name for name in _NOT_AT_THE_TOP if name in schema]
    kept = {name: value for name, value in schema.items() if name not in lost}
    return {**kept, "type": "object", "properties": kept.get("properties") or {}}, lost


def is_strict(schema: Any) -> bool:
    """Whether a schema may be followed strictly: every object in it is closed and needs all it has."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema.get("type") != "object" and all(map(is_strict, schema.values()))
    closed = schema.get("additionalProperties") is False
    needed = schema.get("required", [])
    complete = isinstance(needed, list) and all(name in needed for name in properties)
    others = [value for name, value in schema.items() if name != "properties"]
    return closed and complete and all(map(is_strict, [*properties.values(), *others]))
