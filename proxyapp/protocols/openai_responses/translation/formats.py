"""What form an answer must have."""

from typing import Any

from proxyapp.protocols.canonical import AnswerFormat
from proxyapp.protocols.openai_responses.translation.names import fitting
from proxyapp.protocols.openai_responses.translation.schemas import is_strict


def written_format(asked: AnswerFormat, losses: list[str]) -> dict[str, Any]:
    """The value of `text.format`."""
    if asked.schema is None:
        return {"type": "json_object"}
    written = {"type": "json_schema", "name": fitting(asked.name or "answer"), "schema": asked.schema}
    if asked.description:
        written["description"] = asked.description
    if asked.strict is None:
        return written
    strict = asked.strict and asked.schema.get("type") == "object" and is_strict(asked.schema)
    if asked.strict and not strict:
        losses.append("text.format.strict")
    return {**written, "strict": strict}
