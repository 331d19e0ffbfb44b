"""What is to be sent: a status, headers, byte strings and how it ends."""

from typing import Literal

import msgspec

from proxyapp.sandbox.dialect import HeaderList
from proxyapp.sandbox.script import Script

Ending = Literal["end", "cut", "hang"]


class Reply(msgspec.Struct):
    """``chunks`` are sent one by one; ``cut`` drops the connection after them, ``hang`` falls silent.

    ``mute`` falls silent before the headers. ``delay`` and ``pace`` are seconds.
    """

    status: int
    headers: HeaderList
    chunks: list[bytes]
    ending: Ending = "end"
    mute: bool = False
    delay: float = 0
    pace: float = 0
    tag: str = ""


def whole(status: int, headers: HeaderList, kind: bytes, body: bytes, script: Script) -> Reply:
    """A reply with a Content-Length, padded with blanks to ``big``; faults stop it after half of its body."""
    body = body.ljust(script.big)
    headers = [*headers, (b"content-type", kind), (b"content-length", str(len(body)).encode())]
    reply = Reply(status, headers, [body])
    if script.cut is not None:
        reply.chunks, reply.ending = [body[: len(body) // 2]], "cut"
    elif script.hang is not None:
        reply.chunks, reply.ending = [body[: len(body) // 2]], "hang"
    return _timed(reply, script)


def streamed(headers: HeaderList, kind: bytes, chunks: list[bytes], script: Script) -> Reply:
    """A chunked reply; ``cut`` and ``hang`` end it after so many content chunks."""
    headers = [*headers, (b"content-type", kind), (b"cache-control", b"no-cache")]
    reply = Reply(200, headers, chunks)
    if script.cut is not None:
        reply.chunks, reply.ending = played(chunks, script.cut), "cut"
    elif script.hang is not None:
        reply.chunks, reply.ending = played(chunks, script.hang), "hang"
    return _timed(reply, script)


def played(chunks: list[bytes], count: int) -> list[bytes]:
    """The opening and at most ``count`` content chunks; never the closing."""
    return chunks[: min(1 + count, len(chunks) - 1)]


def _timed(reply: Reply, script: Script) -> Reply:
    reply.mute = script.hang == 0
    reply.delay = script.delay / 1000
    reply.pace = script.pace / 1000
    reply.tag = script.tag
    return reply
