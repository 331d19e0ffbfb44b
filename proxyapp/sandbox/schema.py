"""A plausible value for a JSON schema: the arguments of the sandbox's tool calls."""

from typing import Any

_SCALARS: dict[str, Any] = {"string": "sandbox", "integer": 1, "number": 1, "boolean": True, "null": None}
_DEEPEST = 8


def example(schema: Any, depth: int = 0) -> Any:
    """The simplest value that fits: constants, an enum's first, required properties only.

    Numbers are 1 (or the schema's minimum), strings ``sandbox``. Both JSON Schema's and Gemini's
    upper-case type names are understood; what is not understood yields an empty object.
    """
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if options := _listed(schema, "enum"):
        return options[0]
    for union in ("anyOf", "oneOf", "allOf"):
        if options := _listed(schema, union):
            return example(options[0], depth + 1)
    return _by_type(schema, depth)


def _by_type(schema: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object")
    kind = str(kind[0] if isinstance(kind, list) and kind else kind).lower()
    if kind == "array":
        return [example(schema.get("items"), depth + 1)] if schema.get("minItems") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind in _SCALARS:
        return _SCALARS[kind]
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    # Each name once: repeated on every level, it would be worked out a million times over.
    wanted = dict.fromkeys(name for name in _listed(schema, "required") if isinstance(name, str))
    return {name: example(known.get(name), depth + 1) for name in wanted}


def _listed(schema: dict[str, Any], field: str) -> list[Any]:
    found = schema.get(field)
    return found if isinstance(found, list) else []
