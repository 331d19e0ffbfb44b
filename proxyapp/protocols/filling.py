"""What a silent stream is filled with, so that nobody takes it for a dead one; by protocol.

Measured with real clients: an SSE comment breaks the Gemini clients, which take an empty line; whoever reads
Anthropic's stream knows `ping`, and OpenAI itself sends `keepalive` in a Responses stream. None of these is
output, and none has a sequence number: those are the provider's, and pass as they are.
"""

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Codec, ProtocolName

_EVENTS = b"text/event-stream; charset=utf-8"


class Filler(msgspec.Struct, frozen=True):
    """Bytes that may stand between two events, and the content type of the stream that they may begin."""

    data: bytes
    content_type: bytes = _EVENTS


_FILLERS: dict[ProtocolName, Filler] = {
    "anthropic": Filler(b'event: ping\ndata: {"type": "ping"}\n\n'),
    "openai_chat": Filler(b": keep-alive\n\n"),
    "openai_responses": Filler(b'event: keepalive\ndata: {"type":"keepalive"}\n\n'),
    "gemini": Filler(b"\r\n"),
}
_IN_ARRAY = Filler(b"\r\n", b"application/json; charset=UTF-8")


def filler(call: Call) -> Filler:
    """The filler of this call's stream."""
    return _FILLERS[call.protocol] if call.sse else _IN_ARRAY


def last_words(codec: Codec, problem: Problem, trace_id: str, call: Call, *, begun: bool) -> bytes:
    """The error that ends a stream. Where nothing of an array has `begun`, it is the only element."""
    if call.sse or begun:
        return codec.fail_stream(problem, trace_id, call)
    return b"[" + codec.fail(problem, trace_id)[1] + b"]"
