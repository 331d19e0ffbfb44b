"""A whole Messages answer for the client."""

from typing import Any

import msgspec

from proxyapp.protocols.anthropic.translation.arguments import write_arguments
from proxyapp.protocols.anthropic.translation.citations import write_citation
from proxyapp.protocols.anthropic.translation.names import escaped
from proxyapp.protocols.anthropic.translation.stops import write_stop
from proxyapp.protocols.anthropic.translation.usage import write_usage
from proxyapp.protocols.canonical import Answer, Media, Part, Refusal, Text, Thinking, ToolResult, ToolUse
from proxyapp.protocols.carrying import carried
from proxyapp.protocols.translator import Frame


def write_answer(answer: Answer, frame: Frame) -> bytes:
    """See `translator.Translator.write_answer`."""
    blocks = [
        write_block(part) for part in answer.parts if not isinstance(part, ToolResult) and not is_empty(part)
    ]
    message = write_message(frame, blocks, write_usage(answer.usage))
    message["stop_reason"] = write_stop(answer.stop)
    message["stop_sequence"] = answer.stop_sequence or None
    return msgspec.json.encode(message)


def write_message(frame: Frame, blocks: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
    """The message around these blocks, without a reason why it ended."""
    return {
        "id": f"msg_{frame.call_id}",
        "type": "message",
        "role": "assistant",
        "model": frame.model,
        "content": blocks,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def is_empty(part: Part) -> bool:
    """Whether there is nothing in the part. A client would send the block back, and have it refused."""
    if isinstance(part, Thinking):
        return not part.text and part.seal is None
    return isinstance(part, Text) and not part.text


def write_block(part: Text | Thinking | ToolUse | Refusal | Media) -> dict[str, Any]:
    """The content block for a part of an answer. A refusal is text to read; media are named, not shown."""
    if isinstance(part, Text):
        block: dict[str, Any] = {"type": "text", "text": part.text}
        if part.citations:
            block["citations"] = [write_citation(citation) for citation in part.citations]
        return block
    if isinstance(part, Thinking):
        sealed = carried(part.seal, "anthropic") if part.seal else ""
        if part.redacted:
            return {"type": "redacted_thinking", "data": sealed}
        return {"type": "thinking", "thinking": part.text, "signature": sealed}
    if isinstance(part, ToolUse):
        input_ = write_arguments(part)
        return {"type": "tool_use", "id": escaped(part.id), "name": part.name, "input": input_}
    return {"type": "text", "text": write_media(part) if isinstance(part, Media) else part.text}


def write_media(part: Media) -> str:
    """A medium in an answer, in words: a link where it has one."""
    return f"[{part.name or part.kind}]({part.url})" if part.url else f"[{part.media_type or part.kind}]"
