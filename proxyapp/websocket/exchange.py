"""One call through the gateway: its body goes in as a request's, its answer comes out as messages."""

import asyncio
from collections.abc import Awaitable, Callable

from proxyapp.http import Header, Message
from proxyapp.protocols.openai_responses.stream import MAX_EVENT
from proxyapp.protocols.sse import Events, payload_of
from proxyapp.websocket.memory import TERMINAL, Asked, Hearing
from proxyapp.websocket.messages import KEEPALIVE, error_message, headers_message

Say = Callable[[bytes], Awaitable[None]]


class Exchange:
    """`receive` and `send` of an HTTP request. The last event waits for the end of the answer: who sees it
    can rely on the account, and may ask again.
    """

    def __init__(self, asked: Asked, hearing: Hearing, say: Say, gone: asyncio.Event) -> None:
        self.ended = False  # whether the client has been told how it ended
        self.status = 0
        self._asked = asked
        self._hearing = hearing
        self._say = say
        self._gone = gone
        self._headers: list[Header] = []
        self._refusal = b""
        self._events = Events(MAX_EVENT)
        self._last: list[bytes] = []

    async def receive(self) -> Message:
        body, self._asked.body = self._asked.body, b""
        if body:
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self._headers = message["status"], message["headers"]
            if self.status == 200:
                await self._say(headers_message(self._headers))
            return
        await self._take(message["body"])
        if not message["more_body"]:
            await self._end()

    async def _take(self, data: bytes) -> None:
        if self.status != 200:
            self._refusal += data
            return
        for lines in self._events.feed(data):
            await self._pass_on(lines)

    async def _pass_on(self, lines: list[bytes]) -> None:
        payload = payload_of(lines).strip()
        if not payload:
            if lines[0].startswith(b":"):  # a comment says that somebody is still there
                await self._say(KEEPALIVE)
            return
        kind = self._hearing.take(payload)
        if kind in TERMINAL or self._last:
            self._last.append(payload)
        elif kind is not None:  # what is no JSON was cut off; what ends the stream says so
            await self._say(payload)

    async def _end(self) -> None:
        if self.status != 200:
            self._last = [error_message(self.status, self._headers, self._refusal)]
        else:
            await self._pass_on(self._events.drain().split(b"\n"))
        self.ended = bool(self._last)
        for payload in self._last:
            await self._say(payload)
