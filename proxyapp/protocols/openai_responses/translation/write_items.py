"""Turns as items of `input`."""

from typing import Any

from proxyapp.protocols.canonical import Media, Part, Refusal, Text, Thinking, ToolResult, ToolUse, Turn
from proxyapp.protocols.openai_responses.translation.citations import annotation_of
from proxyapp.protocols.openai_responses.translation.media import written_media
from proxyapp.protocols.openai_responses.translation.names import fitting, fitting_id
from proxyapp.protocols.openai_responses.translation.reasoning import summary_of

Item = dict[str, Any]


def written_items(turns: list[Turn], losses: list[str]) -> list[Item]:
    """The conversation. Texts that follow each other are one message; everything else is an item of its own.

    Which of the calls were of custom tools is remembered, because their outputs are named accordingly.
    """
    custom: set[str] = set()
    items: list[Item] = []
    for turn in turns:
        message: list[Item] = []  # the content of the message that is open
        for part in turn.parts:
            content = _content(part, turn.role, losses)
            if content is None:
                message = []
                items += _items(part, custom, losses)
            elif content:
                if not message:
                    items.append({"type": "message", "role": turn.role, "content": message})
                message.append(content)
    return items


def _content(part: Part, role: str, losses: list[str]) -> Item | None:
    """A part of a message: empty where there is none for it, None for what does not stand in messages."""
    if isinstance(part, Text) and role == "assistant":
        return _written_text(part, losses)
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    if not isinstance(part, Media):
        return None
    written = written_media(part) if role == "user" else None
    if written is None:
        losses.append(part.kind)
    return written or {}


def _written_text(part: Text, losses: list[str]) -> Item:
    notes = [annotation_of(citation, len(part.text)) for citation in part.citations if citation.url]
    if len(notes) < len(part.citations):
        losses.append("citations")
    return {"type": "output_text", "text": part.text, "annotations": notes}


def _items(part: Part, custom: set[str], losses: list[str]) -> list[Item]:
    if isinstance(part, Thinking):
        return _written_thinking(part, losses)
    if isinstance(part, ToolUse):
        return [_written_call(part, custom)]
    return [_written_result(part, custom, losses)] if isinstance(part, ToolResult) else []


def _written_thinking(part: Thinking, losses: list[str]) -> list[Item]:
    """Only what OpenAI has encrypted itself comes back to it; it refuses anything else."""
    if part.seal is None or part.seal.origin != "openai_responses":
        losses.append("thinking")
        return []
    return [{"type": "reasoning", "summary": summary_of(part.text), "encrypted_content": part.seal.value}]


def _written_call(part: ToolUse, custom: set[str]) -> Item:
    call = {"call_id": fitting_id(part.id), "name": fitting(part.name)}
    if part.custom:
        custom.add(part.id)
        return {"type": "custom_tool_call", **call, "input": part.arguments}
    return {"type": "function_call", **call, "arguments": part.arguments or "{}"}


def _written_result(part: ToolResult, custom: set[str], losses: list[str]) -> Item:
    if part.is_error:
        losses.append("tool_result.is_error")
    kind = "custom_tool_call_output" if part.id in custom else "function_call_output"
    return {"type": kind, "call_id": fitting_id(part.id), "output": _written_output(part, losses)}


def _written_output(part: ToolResult, losses: list[str]) -> str | list[Item]:
    if not part.content:
        return ""
    if len(part.content) == 1 and isinstance(part.content[0], Text):
        return part.content[0].text
    written = [_content(inner, "user", losses) for inner in part.content]
    return [content for content in written if content]
