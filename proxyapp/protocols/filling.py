"""What a silent stream is filled with, so that nobody takes it for a dead one; by protocol.

Measured with real clients: an SSE comment breaks the Gemini clients, which take an empty line; whoever reads
Anthropic's stream knows `ping`, and OpenAI itself sends `keepalive` in a Responses stream; but its SDK wants
`response.created` to be the first event, so before that a comment has to do. None of these is output, and
none has a sequence number: those are the provider's, and pass as they are.
"""

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Codec, ProtocolName

_EVENTS = b"text/event-stream; charset=utf-8"


class Filler(msgspec.Struct, frozen=True):
    """Bytes that may stand before the first event of a stream, and between two; and its content type."""

    first: bytes
    between: bytes
    content_type: bytes = _EVENTS


_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_COMMENT = b": keep-alive\n\n"
_KEEPALIVE = b'event: keepalive\ndata: {"type":"keepalive"}\n\n'
_BLANK = b"\r\n"
_FILLERS: dict[ProtocolName, Filler] = {
    "anthropic": Filler(_PING, _PING),
    "openai_chat": Filler(_COMMENT, _COMMENT),
    "openai_responses": Filler(_COMMENT, _KEEPALIVE),
    "gemini": Filler(_BLANK, _BLANK),
    "openai": Filler(_COMMENT, _COMMENT),
}
_IN_ARRAY = Filler(_BLANK, _BLANK, b"application/json; charset=UTF-8")


def filler(call: Call) -> Filler | None:
    """The filler of this call's stream; None for sound, and whatever else can hold nothing but itself."""
    if not call.sse:
        return _IN_ARRAY if call.protocol == "gemini" else None
    return _FILLERS[call.protocol]


def last_words(codec: Codec, problem: Problem, trace_id: str, call: Call, *, begun: bool) -> bytes:
    """The error that ends a stream. Where nothing of an array has `begun`, it is the only element."""
    if call.sse or begun:
        return codec.fail_stream(problem, trace_id, call)
    return b"[" + codec.fail(problem, trace_id)[1] + b"]"
