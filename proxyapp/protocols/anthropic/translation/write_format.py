"""The form that the answer must have."""

from typing import Any

from proxyapp.protocols.anthropic.translation.schema import closed
from proxyapp.protocols.canonical import AnswerFormat

PLEA = "Answer with a single JSON object and nothing else."
"""Asks for JSON of no particular schema, for which the provider has no switch."""


def write_format(wanted: AnswerFormat | None, losses: list[str]) -> dict[str, Any]:
    """The `output_config` for a schema; empty where there is none. The schema's name and description, which
    have no place of their own, go into it.
    """
    if wanted is None or wanted.schema is None:
        return {}
    schema = dict(wanted.schema)
    if wanted.name:
        schema.setdefault("title", wanted.name)
    if wanted.description:
        schema.setdefault("description", wanted.description)
    return {
        "format": {"type": "json_schema", "schema": closed(schema, "output_config.format.schema", losses)}
    }


def write_plea(wanted: AnswerFormat | None, losses: list[str]) -> list[dict[str, Any]]:
    """System blocks that ask for JSON where only a plea can; it is no promise, hence a loss."""
    if wanted is None or wanted.schema is not None:
        return []
    losses.append("output_config.format")
    return [{"type": "text", "text": PLEA}]
