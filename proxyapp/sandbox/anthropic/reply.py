"""Writing Anthropic Messages answers, whole and as a stream."""

import secrets
from base64 import b64encode
from typing import Any

import msgspec

from proxyapp.sandbox.answer import Answer, Call
from proxyapp.sandbox.chunks import Chunks, encode, event, pieces
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.tally import Counts

SIGNATURE = b64encode(b"tollgate sandbox thinking signature, not a secret").decode()


def whole(prompt: Prompt, answer: Answer) -> bytes:
    content: list[dict[str, Any]] = []
    if answer.thinking is not None:
        content.append(_thinking_block(answer.thinking if prompt.shows_thinking else "", SIGNATURE))
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    if answer.call:
        content.append(_tool_block(answer.call, msgspec.json.decode(answer.call.arguments)))
    message = _message(prompt, content, _reason(answer))
    if answer.claimed is not None:
        message["usage"] = _usage(answer.claimed)
    return encode(message)


def chunks(prompt: Prompt, answer: Answer, count: int) -> list[bytes]:
    """message_start and ping; per block start, deltas and stop; message_delta and message_stop."""
    stream = Chunks(_opening(prompt, answer.claimed))
    index = 0
    if answer.thinking is not None:
        _thinking(stream, index, answer.thinking if prompt.shows_thinking else "")
        index += 1
    if answer.text:
        _text(stream, index, answer.text, count)
    if answer.call:
        _tool(stream, index, answer.call)
    return stream.close(_closing(answer))


def _opening(prompt: Prompt, claimed: Counts | None) -> bytes:
    message = _message(prompt, [], None)
    if claimed is not None:
        message["usage"] = _usage(
            msgspec.structs.replace(claimed, output=min(1, claimed.output), reasoning=0)
        )
    return event("message_start", {"type": "message_start", "message": message}) + event(
        "ping", {"type": "ping"}
    )


def _closing(answer: Answer) -> bytes:
    delta: dict[str, Any] = {
        "type": "message_delta",
        "delta": {"stop_reason": _reason(answer), "stop_sequence": None},
    }
    if answer.claimed is not None:
        delta["usage"] = _cumulative(answer.claimed)
    return event("message_delta", delta) + event("message_stop", {"type": "message_stop"})


def _text(stream: Chunks, index: int, text: str, count: int) -> None:
    stream.frame(_start(index, {"type": "text", "text": ""}))
    for piece in pieces(text, count):
        stream.content(_delta(index, b'"text_delta","text":%b' % encode(piece)))
    stream.frame(_stop(index))


def _thinking(stream: Chunks, index: int, text: str) -> None:
    stream.frame(_start(index, _thinking_block("", "")))
    for piece in pieces(text, 2):
        stream.content(_delta(index, b'"thinking_delta","thinking":%b' % encode(piece)))
    stream.frame(_delta(index, b'"signature_delta","signature":%b' % encode(SIGNATURE)))
    stream.frame(_stop(index))


def _tool(stream: Chunks, index: int, call: Call) -> None:
    stream.frame(_start(index, _tool_block(call, {})))
    stream.frame(_delta(index, b'"input_json_delta","partial_json":""'))
    for piece in pieces(call.arguments, 2):
        stream.content(_delta(index, b'"input_json_delta","partial_json":%b' % encode(piece)))
    stream.frame(_stop(index))


def _start(index: int, block: dict[str, Any]) -> bytes:
    return event(
        "content_block_start", {"type": "content_block_start", "index": index, "content_block": block}
    )


def _delta(index: int, rest: bytes) -> bytes:
    head = (
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":%b}}\n\n'
    )
    return head % (index, rest)


def _stop(index: int) -> bytes:
    return event("content_block_stop", {"type": "content_block_stop", "index": index})


def _message(prompt: Prompt, content: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
    }


def _thinking_block(text: str, signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": text, "signature": signature}


def _tool_block(call: Call, arguments: object) -> dict[str, Any]:
    return {
        "type": "tool_use",
        "id": f"toolu_{secrets.token_hex(12)}",
        "name": call.name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def _reason(answer: Answer) -> str:
    if answer.short:
        return "max_tokens"
    return "tool_use" if answer.call else "end_turn"


def _cumulative(counts: Counts) -> dict[str, Any]:
    """What message_delta repeats: the totals so far, input and cache beside each other."""
    usage: dict[str, Any] = {
        "input_tokens": counts.input,
        "cache_creation_input_tokens": counts.cache_write,
        "cache_read_input_tokens": counts.cache_read,
        "output_tokens": counts.output,
    }
    if counts.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": counts.reasoning}
    return usage


def _usage(counts: Counts) -> dict[str, Any]:
    return {
        **_cumulative(counts),
        "cache_creation": {
            "ephemeral_5m_input_tokens": counts.cache_write_5m,
            "ephemeral_1h_input_tokens": counts.cache_write_1h,
        },
        "service_tier": "standard",
    }
