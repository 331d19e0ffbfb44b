"""Writing OpenAI Chat Completions answers, whole and as a stream.

Thinking is shown as ``reasoning_content``, the convention of the compatible providers that show it;
OpenAI itself only counts it.
"""

import secrets
import time
from typing import Any

from proxyapp.sandbox.answer import Answer, Call
from proxyapp.sandbox.chunks import Chunks, encode, pieces
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.tally import Counts


def whole(prompt: Prompt, answer: Answer) -> bytes:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if answer.call else answer.text,
        "refusal": None,
        "annotations": [],
    }
    if answer.thinking is not None and prompt.shows_thinking:
        message["reasoning_content"] = answer.thinking
    if answer.call:
        message["tool_calls"] = [_call(answer.call, answer.call.arguments)]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(answer)}
    completion = {**_head(prompt, "chat.completion"), "choices": [choice]}
    if answer.claimed is not None:
        completion["usage"] = usage(answer.claimed)
    return encode(completion)


def chunks(prompt: Prompt, answer: Answer, count: int) -> list[bytes]:
    """A role chunk, the deltas, the finish, the usage chunk only where it was asked for, ``[DONE]``."""
    head = _head(prompt, "chat.completion.chunk")
    before, after = _frame(head, prompt.wants_usage)

    def delta(rest: bytes, reason: bytes = b"null") -> bytes:
        return b"%b{%b},%b" % (before, rest, after % reason)

    content = b"null" if answer.call else b'""'
    stream = Chunks(delta(b'"role":"assistant","content":%b,"refusal":null' % content))
    for piece in pieces(answer.thinking or "", 2):
        stream.content(delta(b'"reasoning_content":%b' % encode(piece)))
    for piece in pieces(answer.text, count):
        stream.content(delta(b'"content":%b' % encode(piece)))
    if answer.call:
        stream.frame(delta(b'"tool_calls":[%b]' % encode({"index": 0, **_call(answer.call, "")})))
        for piece in pieces(answer.call.arguments, 2):
            stream.content(delta(b'"tool_calls":[{"index":0,"function":{"arguments":%b}}]' % encode(piece)))
    closing = delta(b"", encode(_reason(answer)))
    if prompt.wants_usage and answer.claimed is not None:
        closing += b"data: %b\n\n" % encode({**head, "choices": [], "usage": usage(answer.claimed)})
    return stream.close(closing + b"data: [DONE]\n\n")


def usage(counts: Counts) -> dict[str, Any]:
    """The prompt includes cached tokens, the completion includes reasoning."""
    return {
        "prompt_tokens": counts.prompt,
        "completion_tokens": counts.output,
        "total_tokens": counts.total,
        "prompt_tokens_details": {
            "cached_tokens": counts.cache_read,
            "audio_tokens": 0,
            "cache_write_tokens": counts.cache_write,
        },
        "completion_tokens_details": {
            "reasoning_tokens": counts.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _frame(head: dict[str, Any], wants_usage: bool) -> tuple[bytes, bytes]:
    """What stands before and after a delta; the second takes the finish reason."""
    before = b'data: %b,"choices":[{"index":0,"delta":' % encode(head)[:-1]
    usage_field = b',"usage":null' if wants_usage else b""
    return before, b'"logprobs":null,"finish_reason":%b}]' + usage_field + b"}\n\n"


def _head(prompt: Prompt, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": prompt.model,
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    }


def _call(call: Call, arguments: str) -> dict[str, Any]:
    function = {"name": call.name, "arguments": arguments}
    return {"id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}


def _reason(answer: Answer) -> str:
    if answer.short:
        return "length"
    return "tool_calls" if answer.call else "stop"
