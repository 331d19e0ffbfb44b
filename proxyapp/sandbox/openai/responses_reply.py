"""Writing OpenAI Responses answers: the response object and its output items."""

import secrets
import time
from base64 import b64encode
from typing import Any

from proxyapp.sandbox.answer import Answer, Call
from proxyapp.sandbox.chunks import encode
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.tally import Counts

Item = dict[str, Any]
SEALED = b64encode(b"tollgate sandbox sealed reasoning, not a secret").decode()


def whole(prompt: Prompt, answer: Answer) -> bytes:
    return encode({**shell(prompt), **outcome(answer, items(prompt, answer))})


def shell(prompt: Prompt) -> dict[str, Any]:
    """The response object as it is when work on it begins."""
    return {
        "id": prompt.answer_id,
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": prompt.model,
        "output": [],
        "previous_response_id": prompt.previous or None,
        "service_tier": "default",
        "usage": None,
        "user": None,
        **prompt.echo,
    }


def outcome(answer: Answer, output: list[Item]) -> dict[str, Any]:
    """The fields that the end of the work sets."""
    return {
        "status": "incomplete" if answer.short else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if answer.short else None,
        "output": output,
        "usage": None if answer.claimed is None else usage(answer.claimed),
    }


def items(prompt: Prompt, answer: Answer) -> list[Item]:
    """The finished output items: reasoning, then a message or a call."""
    found: list[Item] = []
    if answer.thinking is not None:
        found.append(_reasoning(prompt, answer.thinking))
    if answer.text:
        found.append(_message(answer))
    if answer.call:
        found.append(_call(answer.call))
    return found


def usage(counts: Counts) -> dict[str, Any]:
    """The input includes cached tokens, the output includes reasoning."""
    return {
        "input_tokens": counts.prompt,
        "input_tokens_details": {
            "cached_tokens": counts.cache_read,
            "cache_write_tokens": counts.cache_write,
        },
        "output_tokens": counts.output,
        "output_tokens_details": {"reasoning_tokens": counts.reasoning},
        "total_tokens": counts.total,
    }


def _reasoning(prompt: Prompt, thinking: str) -> Item:
    shown = [{"type": "summary_text", "text": thinking}] if prompt.shows_thinking and thinking else []
    item = {"id": f"rs_{secrets.token_hex(12)}", "type": "reasoning", "summary": shown}
    return {**item, "encrypted_content": SEALED} if prompt.seals else item


def _message(answer: Answer) -> Item:
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "status": "incomplete" if answer.short else "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}],
    }


def _call(call: Call) -> Item:
    key = secrets.token_hex(12)
    item = {"status": "completed", "call_id": f"call_{key}", "name": call.name}
    if call.custom:
        return {"id": f"ctc_{key}", "type": "custom_tool_call", **item, "input": call.arguments}
    return {"id": f"fc_{key}", "type": "function_call", **item, "arguments": call.arguments}
