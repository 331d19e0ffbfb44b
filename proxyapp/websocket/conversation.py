"""The life of one WebSocket: one response after the other, until somebody leaves."""

import asyncio
import contextlib
from collections import deque
from typing import Literal

from proxyapp.auth import Caller, looked_up
from proxyapp.error_answers import OUR_FAULT
from proxyapp.errors import GatewayError, InvalidRequest, LimitReached, Problem
from proxyapp.failover import OFF_LOOP
from proxyapp.gateway import Gateway
from proxyapp.http import Header, Message, Receive, Scope, Send
from proxyapp.usage import new_call_id
from proxyapp.websocket.exchange import Exchange
from proxyapp.websocket.link import Link, weightless
from proxyapp.websocket.memory import Asked, Hearing, Load, Said
from proxyapp.websocket.messages import read_message, refusal_message, warm_up_messages

WAITING = 8
"""Messages that may wait while a response is under way."""

NORMAL, REFUSED, RESTARTING = 1000, 1008, 1012
Ending = tuple[int, str]
"""Code and reason of a close frame; the code is 0 where nobody is there to read it."""

Signal = Literal["message", "gone"] | Problem
_LONGEST_REASON = 120  # bytes; a close frame takes 123


class Conversation:
    """`scope` is that of a request by which this client would post a body."""

    def __init__(
        self, gateway: Gateway, caller: Caller, scope: Scope, link: Link, receive: Receive, send: Send
    ) -> None:
        self._gateway = gateway
        self._digest = caller.digest
        self._scope = scope
        self._link = link
        self._receive = receive
        self._send = send
        self._gone = asyncio.Event()
        self._waiting: deque[bytes] = deque()
        self._signals: asyncio.Queue[Signal] = asyncio.Queue()
        self._said: Said | None = None

    async def run(self, load: Load, welcome: list[Header]) -> None:
        """From the answer to the handshake to the last word. Being cancelled means the process is stopped."""
        self._load = load
        await self._out({"type": "websocket.accept", "headers": welcome})
        self._link.weigh = lambda size: load.hold("arriving", size)
        self._link.busy = False
        reading = asyncio.create_task(self._read())
        try:
            code, reason = await self._talk()
        except asyncio.CancelledError:
            code, reason = RESTARTING, "The gateway is being restarted."
        finally:
            reading.cancel()
            self._link.weigh = weightless
        if code:
            await self._out({"type": "websocket.close", "code": code, "reason": reason[:_LONGEST_REASON]})

    def refuse(self, why: Problem) -> None:
        """The key may no longer call: nothing more begins. What is under way is ended where calls are."""
        self._signals.put_nowait(why)

    async def _talk(self) -> Ending:
        idle = self._gateway.config.socket_seconds
        while not self._link.retired:
            try:
                async with asyncio.timeout(idle):
                    signal = await self._signals.get()
            except TimeoutError:
                return NORMAL, f"Nothing was asked for {idle:g} s."
            if self._gone.is_set():
                return 0, ""
            if isinstance(signal, Problem):
                return REFUSED, signal.message
            await self._answer()
            self._link.busy = bool(self._waiting)
        return RESTARTING, "The gateway is being restarted."

    async def _read(self) -> None:
        """Take what comes, always: only so is it seen that the client has left."""
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                if message["type"] == "websocket.receive":
                    await self._enqueue(message.get("text"))
        finally:
            self._gone.set()
            self._signals.put_nowait("gone")

    async def _enqueue(self, text: str | None) -> None:
        try:
            said = self._admitted(text)
            self._load.hold("waiting", sum(map(len, self._waiting)) + len(said))
        except GatewayError as error:
            await self._complain(error.problem, new_call_id())
            return
        self._waiting.append(said)
        self._link.busy = True
        self._signals.put_nowait("message")

    def _admitted(self, text: str | None) -> bytes:
        if text is None:
            raise InvalidRequest(
                "Binary messages are not understood here.",
                code="unknown_message",
                hint="Send JSON in text messages.",
            )
        if len(self._waiting) >= WAITING:
            raise LimitReached(
                "Too many messages are waiting: responses of one connection come one after the other.",
                code="too_many_messages",
                hint="Wait for the response, or open another connection.",
                retry_after=2,
            )
        return text.encode()

    async def _answer(self) -> None:
        """The next message, whatever becomes of it: a response, an error event, or nothing."""
        call_id = new_call_id()
        try:
            asked = await self._understood()
            if asked is None:
                return
            self._load.hold("kept", sum(map(len, asked.parts)))
            if asked.generate:
                await self._call(asked)
            else:
                await self._warm_up(asked, call_id)
        except GatewayError as error:
            await self._complain(error.problem, call_id)

    async def _understood(self) -> Asked | None:
        """What it asks. Of the message nothing is kept but that."""
        message = self._waiting.popleft()
        try:
            if len(message) > OFF_LOOP:  # reading it here would hold up every other stream
                return await asyncio.to_thread(read_message, message, self._said)
            return read_message(message, self._said)
        finally:
            self._load.hold("waiting", sum(map(len, self._waiting)))

    async def _call(self, asked: Asked) -> None:
        """The call has a task of its own: to be ended is its own matter, and it has last words to say."""
        hearing = Hearing(asked)
        exchange = Exchange(asked, hearing, self._say, self._gone)
        call = self._gateway({**self._scope}, exchange.receive, exchange.send)
        await asyncio.gather(call, return_exceptions=True)
        if not exchange.ended:
            await self._complain(OUR_FAULT, new_call_id())
        self._remember(hearing.said)

    async def _warm_up(self, asked: Asked, call_id: str) -> None:
        """What will be asked is remembered; nobody is called, and nothing is charged."""
        await looked_up(self._digest, self._gateway.store)
        created, completed = warm_up_messages(call_id, asked.model)
        await self._say(created)
        self._remember(Said(f"resp_{call_id}", asked.parts, asked.root))
        await self._say(completed)

    def _remember(self, said: Said | None) -> None:
        """This response now, or still the one before where it came to nothing; none if there is no room."""
        said = said or self._said
        self._said = said if self._load.fits("kept", said.size if said else 0) else None

    async def _complain(self, problem: Problem, call_id: str) -> None:
        await self._say(refusal_message(problem, call_id, self._scope["headers"]))

    async def _say(self, event: bytes) -> None:
        await self._out({"type": "websocket.send", "text": event.decode(errors="replace")})

    async def _out(self, message: Message) -> None:
        """To whoever has left, nothing is said."""
        with contextlib.suppress(OSError):
            await self._send(message)
