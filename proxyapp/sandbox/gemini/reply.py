"""Writing Gemini answers: whole, as server-sent events (CRLF) or as one JSON array."""

import secrets
from base64 import b64encode
from typing import Any

import msgspec

from proxyapp.sandbox.answer import Answer, Call
from proxyapp.sandbox.chunks import Chunks, encode, pieces
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.tally import Counts

SIGNATURE = b64encode(b"tollgate sandbox thought signature, not a secret").decode()


def whole(prompt: Prompt, answer: Answer) -> bytes:
    parts: list[dict[str, Any]] = []
    if answer.thinking is not None and prompt.shows_thinking:
        parts.append({"text": answer.thinking, "thought": True})
    if answer.text:
        parts.append({"text": answer.text})
    if answer.call:
        parts.append(_call(answer.call))
    response: dict[str, Any] = {"candidates": [_candidate(parts, _reason(answer))]}
    if answer.claimed is not None:
        response["usageMetadata"] = usage(answer.claimed)
    return encode({**response, **_tail(prompt)})


def chunks(prompt: Prompt, answer: Answer, count: int) -> list[bytes]:
    """A response per piece, each with the usage so far; the last has the finish reason and totals."""
    tail = _tail(prompt)
    framing = Framing(prompt.array)
    so_far = {} if answer.claimed is None else {"usageMetadata": _usage_so_far(answer.claimed)}
    after = b"," + encode({**so_far, **tail})[1:]
    stream = Chunks(b"")

    def say(part: dict[str, Any]) -> None:
        head = b'{"candidates":[{"content":{"parts":[%b],"role":"model"},"index":0}]' % encode(part)
        stream.content(framing.frame(head + after))

    if answer.thinking is not None and prompt.shows_thinking:
        for piece in pieces(answer.thinking, 2):
            say({"text": piece, "thought": True})
    for piece in pieces(answer.text, count):
        say({"text": piece})
    if answer.call:
        say(_call(answer.call))
    final: dict[str, Any] = {
        "candidates": [_candidate([{"text": ""}] if answer.text else [], _reason(answer))]
    }
    if answer.claimed is not None:
        final["usageMetadata"] = usage(answer.claimed)
    return stream.close(framing.frame(encode({**final, **tail})) + framing.end)


def stream_error(prompt: Prompt, sent: list[bytes]) -> bytes:
    failure = {
        "code": 503,
        "message": "The model is overloaded. Please try again later.",
        "status": "UNAVAILABLE",
    }
    framing = Framing(prompt.array, begun=any(sent))
    return framing.frame(encode({"error": failure})) + framing.end


class Framing:
    """How responses are strung together."""

    def __init__(self, array: bool, begun: bool = False) -> None:
        self.array = array
        self.end = b"]" if array else b""
        self._begun = begun

    def frame(self, response: bytes) -> bytes:
        if not self.array:
            return b"data: %b\r\n\r\n" % response
        before = b",\r\n" if self._begun else b"["
        self._begun = True
        return before + response


def usage(counts: Counts) -> dict[str, Any]:
    """The prompt includes cached tokens, the candidates exclude thoughts."""
    found: dict[str, Any] = {
        "promptTokenCount": counts.prompt,
        "candidatesTokenCount": counts.output - counts.reasoning,
        "totalTokenCount": counts.total,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": counts.prompt}],
    }
    if counts.cache_read:
        found["cachedContentTokenCount"] = counts.cache_read
        found["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": counts.cache_read}]
    if counts.reasoning:
        found["thoughtsTokenCount"] = counts.reasoning
    return found


def _usage_so_far(counts: Counts) -> dict[str, Any]:
    return usage(msgspec.structs.replace(counts, output=0, reasoning=0))


def _tail(prompt: Prompt) -> dict[str, Any]:
    return {"modelVersion": prompt.model, "responseId": secrets.token_urlsafe(16)}


def _candidate(parts: list[dict[str, Any]], reason: str) -> dict[str, Any]:
    content: dict[str, Any] = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    return {"content": content, "finishReason": reason, "index": 0}


def _call(call: Call) -> dict[str, Any]:
    arguments = msgspec.json.decode(call.arguments)
    function = {"id": secrets.token_hex(4), "name": call.name, "args": arguments}
    return {"functionCall": function, "thoughtSignature": SIGNATURE}


def _reason(answer: Answer) -> str:
    return "MAX_TOKENS" if answer.short else "STOP"
