"""JSON schemas as OpenAI accepts them."""

from typing import Any

_NOT_AT_THE_ROOT = ("anyOf", "oneOf", "allOf", "enum", "not")


def parameters(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The schema of a function's arguments: an object, with none of the keywords that are refused at its
    root; and those that had to go."""
    removed = [name for name in _NOT_AT_THE_ROOT if name in schema]
    if not removed and schema.get("type") == "object":
        return schema, []
    kept = {name: value for name, value in schema.items() if name not in removed}
    return {**kept, "type": "object"}, removed


def may_be_strict(schema: Any) -> bool:
    """Whether it meets OpenAI's demands on a strict schema: every object names all its members as required
    and allows no others."""
    if isinstance(schema, list):
        return all(map(may_be_strict, schema))
    if not isinstance(schema, dict):
        return True
    members = schema.get("properties")
    if isinstance(members, dict) or schema.get("type") == "object":
        members = members if isinstance(members, dict) else {}
        required = schema.get("required", [])
        if schema.get("additionalProperties") is not False or not isinstance(required, list):
            return False
        if not members.keys() <= {name for name in required if isinstance(name, str)}:
            return False
        if not all(map(may_be_strict, members.values())):
            return False
    return all(may_be_strict(value) for name, value in schema.items() if name != "properties")
