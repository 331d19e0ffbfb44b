"""Gemini's schemas as JSON schemas.

Its `Schema` is the subset of OpenAPI 3.0 with types in upper case, a `nullable` flag and two spellings
of each keyword. Clients put such things under `responseJsonSchema` as well. A JSON schema stays as it is.
"""

from collections.abc import Callable
from typing import Any

from proxyapp.protocols.gemini.translation.message import camel, complaint

Path = tuple[str, ...]  # in pieces: only a complaint needs it whole, and names may be long

_TYPES = {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"}
_NAMED = {"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"}
_LISTED = {"anyOf", "oneOf", "allOf", "prefixItems"}
_SINGLE = {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
_COUNTS = {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}
_SPELLED = {
    "any_of",
    "additional_properties",
    "max_items",
    "min_items",
    "max_length",
    "min_length",
    "max_properties",
    "min_properties",
    "property_ordering",
}
_RENAMED = {"defs": "$defs", "ref": "$ref"}


def json_schema(value: Any, path: str) -> dict[str, Any]:
    """The JSON schema that says the same. InvalidRequest where the value is no object."""
    return _schema(value, (path,))


def _schema(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise complaint("".join(path), "must be an object")
    schema = {_keyword(key): item for key, item in value.items()}
    for keyword, item in schema.items():
        schema[keyword] = _member(keyword, item, (*path, ".", keyword))
    if schema.get("type") == "TYPE_UNSPECIFIED":
        del schema["type"]
    if schema.get("format") == "enum":
        del schema["format"]
    _order(schema)
    _admit_null(schema)
    return schema


def _keyword(key: str) -> str:
    return camel(key) if key in _SPELLED else _RENAMED.get(key, key)


def _member(keyword: str, item: Any, path: Path) -> Any:
    if keyword in _NAMED:
        return _named(item, path)
    if keyword in _LISTED and isinstance(item, list):
        return [_schema(each, (*path, f"[{index}]")) for index, each in enumerate(item)]
    if keyword in _SINGLE and isinstance(item, dict):
        return _schema(item, path)
    read = _VALUES.get(keyword)
    return read(item) if read is not None else item


def _named(item: Any, path: Path) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise complaint("".join(path), "must be an object")
    return {
        name: _schema(each, (*path, ".", name)) if isinstance(each, dict) else each
        for name, each in item.items()
    }


def _type(item: Any) -> Any:
    if isinstance(item, list):
        return [_type(each) for each in item]
    return item.lower() if isinstance(item, str) and item in _TYPES else item


def _count(item: Any) -> Any:
    """Proto JSON writes 64-bit numbers as strings."""
    return int(item) if isinstance(item, str) and item.isdecimal() and len(item) < 20 else item


def _reference(item: Any) -> Any:
    return item.replace("#/defs/", "#/$defs/", 1) if isinstance(item, str) else item


_VALUES: dict[str, Callable[[Any], Any]] = {
    "type": _type,
    "$ref": _reference,
    **dict.fromkeys(_COUNTS, _count),
}


def _order(schema: dict[str, Any]) -> None:
    """JSON schema has no `propertyOrdering`; the order of the properties themselves says it."""
    names = schema.pop("propertyOrdering", None)
    properties = schema.get("properties")
    if isinstance(names, list) and isinstance(properties, dict):
        ordered = [name for name in names if isinstance(name, str) and name in properties]
        schema["properties"] = {name: properties[name] for name in [*ordered, *properties]}


def _admit_null(schema: dict[str, Any]) -> None:
    if schema.pop("nullable", None) is not True:
        return
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    elif isinstance(schema.get("anyOf"), list):
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
