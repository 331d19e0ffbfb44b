"""JSON schemas as the provider takes them."""

from typing import Any

import msgspec

_NESTED = ("properties", "$defs", "definitions")
_LISTED = ("anyOf", "allOf")
_PLAIN = (
    "type",
    "required",
    "additionalProperties",
    "enum",
    "const",
    "default",
    "description",
    "title",
    "$ref",
)
_KEPT = frozenset((*_PLAIN, *_NESTED, *_LISTED, "items"))
_FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
_SILENT = frozenset(("$schema", "$id", "$comment"))
"""Keywords that say nothing about the value."""

_UNIONS = ("oneOf", "anyOf", "allOf")


def rooted(schema: dict[str, Any], where: str, losses: list[str]) -> dict[str, Any]:
    """The schema of a tool's arguments: an object, with no choice between schemas at its root."""
    root = {name: value for name, value in schema.items() if name not in _UNIONS}
    losses.extend(f"{where}.{name}" for name in _UNIONS if name in schema)
    if root.get("type") != "object":
        if "type" in root:
            losses.append(f"{where}.type")
        root["type"] = "object"
    root.setdefault("properties", {})
    return root


def closed(schema: Any, where: str, losses: list[str]) -> Any:
    """The schema by which an answer can be held to: every object is closed, and what the provider cannot
    enforce is told to the model in the description.
    """
    if not isinstance(schema, dict):
        return schema
    found = {name: value for name, value in schema.items() if name not in _SILENT}
    if isinstance(found.get("oneOf"), list) and "anyOf" not in found:
        found["anyOf"] = found.pop("oneOf")
    if found.get("type") == "object" or "properties" in found:
        if found.get("additionalProperties", False) is not False:
            losses.append(f"{where}.additionalProperties")
        found["additionalProperties"] = False
    unkept = {name: value for name, value in found.items() if not _is_kept(name, value)}
    kept = {name: _inside(name, value, where, losses) for name, value in found.items() if name not in unkept}
    if unkept:
        losses.extend(f"{where}.{name}" for name in unkept if name.isascii() and name.isalnum())
        told = msgspec.json.encode(unkept).decode()
        kept["description"] = f"{kept.get('description', '')}\n\nIt must also satisfy {told}.".lstrip()
    return kept


def _is_kept(name: str, value: Any) -> bool:
    if name == "format":
        return isinstance(value, str) and value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name in _KEPT


def _inside(name: str, value: Any, where: str, losses: list[str]) -> Any:
    if name in _NESTED and isinstance(value, dict):
        return {key: closed(inner, where, losses) for key, inner in value.items()}
    if name in _LISTED and isinstance(value, list):
        return [closed(inner, where, losses) for inner in value]
    return closed(value, where, losses) if name == "items" else value
