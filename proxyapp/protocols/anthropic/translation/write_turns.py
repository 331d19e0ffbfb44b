"""The turns of a conversation, in the order that the provider demands: the user begins, the sides alternate,
and the results of tools come first in the turn after their calls, one for each call.
"""

from typing import Any

from proxyapp.protocols.anthropic.translation.write_blocks import write_part
from proxyapp.protocols.anthropic.translation.write_cache import marked
from proxyapp.protocols.anthropic.translation.write_format import write_plea
from proxyapp.protocols.canonical import Part, Question, Text, ToolResult, ToolUse, Turn

_OPENING = "(The conversation begins with the assistant.)"
_NO_RESULT = "There is no result of this call."


def write_system(question: Question, losses: list[str]) -> list[dict[str, Any]]:
    """The system prompt as blocks."""
    texts = [
        marked({"type": "text", "text": text.text}, text.cache)
        for text in question.system
        if text.text.strip()
    ]
    return texts + write_plea(question.format, losses)


def write_turns(turns: list[Turn], losses: list[str]) -> list[dict[str, Any]]:
    """The messages; never none."""
    messages: list[dict[str, Any]] = []
    awaited: list[ToolUse] = []
    for turn in _joined(turns):
        parts = _ordered(turn.parts, awaited) if turn.role == "user" else turn.parts
        blocks = [block for part in parts if (block := write_part(part, turn.role, losses)) is not None]
        if blocks and messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += blocks  # nothing was left of the turn between them
        elif blocks:
            messages.append({"role": turn.role, "content": blocks})
        awaited = [part for part in turn.parts if isinstance(part, ToolUse)]
    if not messages or messages[0]["role"] == "assistant":
        messages.insert(0, {"role": "user", "content": [{"type": "text", "text": _OPENING}]})
    _trim_end(messages[-1])
    return messages


def _joined(turns: list[Turn]) -> list[Turn]:
    """Turns that alternate, with a turn of the user after every one that calls tools."""
    found: list[Turn] = []
    for turn in turns:
        if found and found[-1].role == turn.role:
            found[-1].parts.extend(turn.parts)
        else:
            found.append(Turn(turn.role, [*turn.parts]))
    if found and any(isinstance(part, ToolUse) for part in found[-1].parts):
        found.append(Turn("user", []))
    return found


def _ordered(parts: list[Part], awaited: list[ToolUse]) -> list[Part]:
    """The results of the awaited calls, then everything else. A result that nobody awaits becomes text."""
    given = {part.id: part for part in parts if isinstance(part, ToolResult)}
    missing = [_unanswered(call) for call in awaited if call.id not in given]
    ids = {call.id for call in awaited}
    results = [part for part in parts if isinstance(part, ToolResult) and part is given[part.id]]
    first: list[Part] = [part for part in results if part.id in ids]
    rest: list[Part] = []
    for part in parts:
        if not isinstance(part, ToolResult):
            rest.append(part)
        elif part.id not in ids:
            rest += [Text(f"Result of the tool {part.name or part.id}:"), *part.content]
    return [*first, *missing, *rest]


def _unanswered(call: ToolUse) -> ToolResult:
    return ToolResult(call.id, call.name, [Text(_NO_RESULT)], is_error=True)


def _trim_end(last: dict[str, Any]) -> None:
    """What the assistant is to go on with may not end in blanks."""
    block = last["content"][-1]
    if last["role"] == "assistant" and block["type"] == "text":
        block["text"] = block["text"].rstrip()
