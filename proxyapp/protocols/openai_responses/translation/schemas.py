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
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            properties = node.get("properties")
            if not _is_closed(node, properties):
                return False
            waiting += properties.values() if isinstance(properties, dict) else ()
            waiting += [value for name, value in node.items() if name != "properties"]
    return True


def _is_closed(node: dict[str, Any], properties: Any) -> bool:
    if not isinstance(properties, dict):
        return node.get("type") != "object"
    needed = node.get("required", [])
    if not isinstance(needed, list) or node.get("additionalProperties") is not False:
        return False
    return properties.keys() <= {name for name in needed if isinstance(name, str)}
