"""Sending a reply and noticing when the client leaves."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from proxyapp.sandbox.reply import Reply

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body, or None when the client left before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def deliver(reply: Reply, receive: Receive, send: Send) -> bool:
    """Send ``reply``; True when the client left before the end.

    A reply that is ``cut`` returns without completing the response, and the server then drops the
    connection.
    """
    if len(reply.chunks) == 1 and reply.ending == "end" and not reply.delay:
        await send(_start(reply))
        await send(_body(reply.chunks[0], more=False))
        return False
    gone = asyncio.ensure_future(receive())
    try:
        return await _play(reply, gone, send)
    finally:
        gone.cancel()


async def _play(reply: Reply, gone: asyncio.Future[Message], send: Send) -> bool:
    if reply.mute:
        await gone
    elif reply.delay:
        await asyncio.wait((gone,), timeout=reply.delay)
    if gone.done():
        return True
    await send(_start(reply))
    last = len(reply.chunks) - 1 if reply.ending == "end" else len(reply.chunks)
    for number, chunk in enumerate(reply.chunks):
        if number:
            await asyncio.sleep(reply.pace)
            if gone.done():
                return True
        if chunk or number == last:
            await send(_body(chunk, more=number != last))
    if reply.ending == "hang":
        await gone
    return reply.ending == "hang"


def _start(reply: Reply) -> Message:
    return {"type": "http.response.start", "status": reply.status, "headers": reply.headers}


def _body(chunk: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}
