"""A client's WebSocket: uvicorn's on `websockets`, with the bounds that a client's HTTP connection has.

Of messages, no more is kept than the organization has room for; a client that takes nothing of its events,
or stops in the middle of a message, is cut; one that sends too much is told so before it is.
"""

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import Sequence
from math import inf
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import MAX_LINE_LENGTH, MAX_NUM_HEADERS
from websockets.http11 import Request as Handshake

from proxyapp.bounds import DRAIN_SECONDS
from proxyapp.door import Backlog, Door
from proxyapp.errors import BodyTooLarge, GatewayError, LimitReached
from proxyapp.http import Header
from proxyapp.protocols import endpoints
from proxyapp.usage import new_call_id
from proxyapp.websocket.link import STATE, Link
from proxyapp.websocket.messages import refusal_message

LARGEST_MESSAGE = 32 * 1024 * 1024
MOST_FRAGMENTS = 4096
MOST_FRAMES = 10_000
"""Of any kind, from one look at the connection to the next: each takes as long to read as a large one."""

_DRAINED = 2 * LARGEST_MESSAGE  # its sender reads nothing before it has sent all of it
_SLICE = 16 * 1024  # bytes that are read before what they unpack to is weighed
_SPACE = 64  # bytes that a line of a head takes beside name and value, at most
_NONCE = 16


def is_handshake(path: str, headers: Sequence[Header]) -> bool:
    """Whether this GET asks for a WebSocket in a way that is understood, where one is spoken."""
    if len(headers) > MAX_NUM_HEADERS or endpoints.by_socket(path) is None:
        return False
    if any(len(name) + len(value) + _SPACE > MAX_LINE_LENGTH for name, value in headers):
        return False
    names = [name for name, _ in headers]
    if b"content-length" in names or b"transfer-encoding" in names:
        return False
    versions = [value.strip() for name, value in headers if name == b"sec-websocket-version"]
    keys = [value.strip() for name, value in headers if name == b"sec-websocket-key"]
    return versions == [b"13"] and len(keys) == 1 and _is_nonce(keys[0])


def _is_nonce(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _NONCE
    except binascii.Error:
        return False


class SocketConnection(WebSocketsSansIOProtocol):
    """One WebSocket, from its handshake to its close."""

    def __init__(self, door: Door, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slot = 0
        self._door = door
        self._link = Link()
        self._sizes: deque[int] = deque()  # of the messages that nobody has taken yet
        self._untaken = 0  # the sum of them
        self._quiet_since = 0.0  # loop time since when nothing came of a message that has begun
        self._frames = 0  # that have come since the last look
        self._pongs = b""  # for a client that does not read
        self._drained: float = inf  # bytes that came after it was refused
        self._backlog = Backlog()
        self._look_at = inf

    @property
    def is_idle(self) -> bool:
        return not self._link.busy

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._door.open += 1
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.open -= 1
        self._look_at = inf
        self._door.deadlines.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._quiet_since = 0.0
        for start in range(0, len(data), _SLICE):
            if self._drained < inf:
                self._drain(len(data) - start)
                return
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + _SLICE])
            self._weigh()

    def resume_writing(self) -> None:
        self._backlog.shrank()
        super().resume_writing()
        self._answer_pings()

    # What uvicorn calls

    def shutdown(self) -> None:
        """Leave as soon as nothing is being answered; the conversation says goodbye itself then."""
        self._link.retired = True
        if self.is_idle:
            super().shutdown()
            self.close_sent = True

    def handle_connect(self, event: Handshake) -> None:
        """Nothing is read on before it is accepted."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["state"][STATE] = self._link
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        """To whom goodbye has been said, nothing more is said."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    async def receive(self) -> Any:
        message: Any = await super().receive()
        if message["type"] == "websocket.receive":
            self._untaken -= self._sizes.popleft()
            self._weigh()
        return message

    def send_receive_event_to_app(self) -> None:
        self._sizes.append(sum(map(len, self.frames)))
        self._untaken += self._sizes[-1]
        super().send_receive_event_to_app()

    def handle_events(self) -> None:
        self._frames += len(self.conn.events)
        super().handle_events()

    def handle_ping(self) -> None:
        """To a client that does not read, pongs would pile up: it gets the latest ones once it does."""
        self._pongs = b"".join(self.conn.data_to_send()) or self._pongs
        if self.writable.is_set():
            self._answer_pings()

    def handle_parser_exception(self) -> None:
        """The message cannot be read on. Where it is too large, the client is told before it is closed."""
        close = self.conn.close_sent
        if close is None or close.code != CloseCode.MESSAGE_TOO_BIG:
            super().handle_parser_exception()
            return
        self._tell(
            BodyTooLarge(
                f"The message is larger than {LARGEST_MESSAGE // 2**20} MB.",
                hint="Send less context, or smaller images.",
                limit_bytes=LARGEST_MESSAGE,
            )
        )
        self._say_goodbye()

    # What the deadlines call

    def due(self) -> float:
        return self._look_at

    def expire(self) -> None:
        """Look at it; what is in order is looked at again a tick later."""
        now, stall = self.loop.time(), self._door.bounds.stall_seconds
        self._frames = 0
        waits = not self.writable.is_set() or self.transport.is_closing()
        if self._backlog.stands_since(self.transport, now, waits) >= stall or self._is_quiet(now):
            self.transport.abort()
        self._look_again()

    def _look_again(self) -> None:
        self._look_at = self.loop.time() + self._door.bounds.tick
        self._door.deadlines.watch(self)

    def _is_quiet(self, now: float) -> bool:
        """Whether a message has begun and nothing more of it has come for `stall_seconds`."""
        begun = self.frames or self.conn.reader.buffer
        if not (begun and self._quiet_since) or self.read_paused:
            self._quiet_since = now
        return now - self._quiet_since >= self._door.bounds.stall_seconds

    def _answer_pings(self) -> None:
        if self._pongs and not self.transport.is_closing():
            self.transport.write(self._pongs)
        self._pongs = b""

    def _weigh(self) -> None:
        """Whether it is not too much: how much comes, and what lies here, unpacked, that nobody has taken."""
        if self._drained < inf or self.transport.is_closing():
            return
        try:
            if len(self.frames) > MOST_FRAGMENTS:
                raise BodyTooLarge(f"The message comes in more than {MOST_FRAGMENTS} fragments.")
            if self._frames > MOST_FRAMES:
                raise LimitReached(
                    f"More than {MOST_FRAMES:,} frames have come within seconds.",
                    code="too_many_messages",
                    hint="Send fewer, larger ones.",
                    retry_after=5,
                )
            self._link.weigh(self._untaken + sum(map(len, self.frames)) + len(self.conn.reader.buffer))
        except GatewayError as error:
            self._tell(error)
            self.conn.fail(CloseCode.TRY_AGAIN_LATER, error.problem.code)
            self._say_goodbye()

    def _tell(self, error: GatewayError) -> None:
        """An error event past the protocol, which sends none once it has failed."""
        event = refusal_message(error.problem, new_call_id(), self.scope["headers"])  # type: ignore[arg-type]
        frame = Frame(Opcode.TEXT, event)
        self.transport.write(frame.serialize(mask=False, extensions=self.conn.extensions))

    def _say_goodbye(self) -> None:
        """Send what is left, and read a little of what still comes, so that its sender comes to reading."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.GOING_AWAY})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        self.close_sent = True
        self._drained = 0
        self.close_timer = self.loop.call_later(DRAIN_SECONDS, self.transport.close)

    def _drain(self, size: int) -> None:
        self._drained += size
        if self._drained > _DRAINED:
            self.transport.close()
