"""HTTP/2: one connection, many calls. Ours on h2, in the place of httpcore's.

httpcore's own reads for one call before the other, so that an answer which is there waits for a stranger's
bytes. It never resets a stream it gives up (the provider goes on generating, and charging) and counts what
was unread of it against the connection for good. It lets each slow reader pile up 16 MiB and in the end hold
up all others, and takes the provider's notice to leave for a failure of the answers under way. What remains
to it is the pool, the proxies and TLS.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from typing import cast

import httpcore
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from proxyapp.upstream.duplex import Duplex
from proxyapp.upstream.flow import Flow
from proxyapp.upstream.lane import Kind, UpstreamError
from proxyapp.upstream.progress import CURRENT, Progress

STREAMS = 100  # calls on one connection, if the provider allows as many
FRAME = 16 * 1024  # bytes of a request at once: every provider takes as many (RFC 9113, 4.2)


class Shared(httpcore.AsyncConnectionInterface):
    """One connection, on a line that has chosen HTTP/2."""

    def __init__(self, line: Duplex, idle_for: float) -> None:
        self._line = line
        self._idle_for = idle_for
        self._loop = asyncio.get_running_loop()
        self._rests_until = self._loop.time() + idle_for
        self._flow = Flow()
        self._calls: dict[int, Stream] = {}
        self._allowed: int | None = None  # calls at once; unknown until the provider's settings are here
        self._queue: deque[asyncio.Future[None]] = deque()  # who waits for these
        self._failure: tuple[Kind, str] | None = None
        line.listen(self)
        self._flush()

    # What httpcore's pool calls

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; the head of its answer."""
        await self._enter()
        progress = CURRENT.get()
        progress.begin()
        stream = Stream(self._flow.get_next_available_stream_id(), progress)
        self._calls[stream.number] = stream
        try:
            await self._send(stream, request)
            while stream.head is None:
                await self._news(stream)
            fields = [field for field in stream.head if not field[0].startswith(b":")]
            return httpcore.Response(stream.status(), headers=fields, content=_Body(self, stream))
        except BaseException:
            self.part(stream)
            raise

    async def aclose(self) -> None:
        self._line.abort()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        return True  # whoever has it asks for its own origin

    def is_available(self) -> bool:
        allowed = STREAMS if self._allowed is None else self._allowed
        room = len(self._calls) + len(self._queue) < allowed
        return room and self._failure is None and not self._flow.leaving

    def is_idle(self) -> bool:
        return not self._calls and not self._queue

    def has_expired(self) -> bool:
        return self.is_idle() and self._loop.time() > self._rests_until

    def is_closed(self) -> bool:
        return self._line.ended

    def info(self) -> str:
        return "HTTP/2"

    # What the line calls

    def feed(self, data: bytes) -> None:
        try:
            events = self._flow.take(data)
        except ProtocolError:
            self._fail("protocol", "the provider's frames make no sense")
            self._line.abort()
            return
        for event in events:
            self._tell(event)
        self._flow.refill()
        self._flush()
        if self._flow.leaving and not self._calls:
            self._line.abort()

    def over(self) -> None:
        self._fail("early_eof", "the provider closed the connection before the end of its answer")

    # What a call's body calls

    async def pieces(self, stream: "Stream") -> AsyncIterator[bytes]:
        """The body as it comes. What is taken makes room for more."""
        while stream.pieces or not stream.ended:
            if not stream.pieces:
                await self._news(stream)
                continue
            data, size = stream.pieces.popleft()
            with suppress(ProtocolError):  # reset, or the connection is over: the rest is here all the same
                self._flow.acknowledge_received_data(size, stream.number)
                self._flush()
            if data:  # else it was padding
                yield data

    def part(self, stream: "Stream") -> None:
        """The call is over on this side; where it is not on the other, say so."""
        if self._calls.pop(stream.number, None) is None:
            return
        self._flow.abandon(stream.number)
        self._flush()
        self._rests_until = self._loop.time() + self._idle_for
        if self._flow.leaving and not self._calls:
            self._line.abort()

    async def _enter(self) -> None:
        """Take a place, or have the pool look for another connection. The first call may go before the
        provider's settings are known.
        """
        if self._allowed is None and self._calls:
            waiter = self._loop.create_future()
            self._queue.append(waiter)
            try:
                await waiter
            finally:
                self._queue.remove(waiter)
        if not self.is_available():
            raise httpcore.ConnectionNotAvailable

    async def _send(self, stream: "Stream", request: httpcore.Request) -> None:
        fields = [(name.lower(), value) for name, value in request.headers]
        sized = dict(fields).get(b"content-length", b"0")
        head = [
            (b":method", request.method),
            (b":authority", next(value for name, value in fields if name == b"host")),
            (b":scheme", request.url.scheme),
            (b":path", request.url.target),
            *(field for field in fields if field[0] != b"host"),
        ]
        self._flow.send_headers(stream.number, head, end_stream=sized == b"0")
        await self._line.write(self._flow.data_to_send())
        if sized != b"0":
            async for piece in cast(AsyncIterable[bytes], request.stream):
                await self._send_piece(stream, memoryview(piece))
            if not stream.deaf:
                self._flow.end_stream(stream.number)
                await self._line.write(self._flow.data_to_send())

    async def _send_piece(self, stream: "Stream", piece: memoryview) -> None:
        while piece and not stream.deaf:
            size = min(self._flow.local_flow_control_window(stream.number), FRAME)
            if size > 0:
                self._flow.send_data(stream.number, piece[:size])
                piece = piece[size:]
                await self._line.write(self._flow.data_to_send())
            else:
                await self._news(stream)

    async def _news(self, stream: "Stream") -> None:
        """Wait for the next thing to happen to the call; raises what has ended it."""
        if stream.reset is not None:
            stream.progress.refused = stream.reset.error_code == ErrorCodes.REFUSED_STREAM
            reason = "the provider broke the answer off"
            raise UpstreamError("early_eof", reason, sent=not stream.progress.refused)
        if self._failure is not None:
            raise UpstreamError(*self._failure, sent=True)
        stream.waiter = self._loop.create_future()
        await stream.waiter

    def _tell(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self._heed()
        elif isinstance(event, WindowUpdated) and not event.stream_id:
            for stream in self._calls.values():
                stream.wake()
        elif isinstance(event, ResponseReceived | DataReceived | StreamEnded | StreamReset | WindowUpdated):
            call = self._calls.get(event.stream_id)
            if call is not None:
                call.take(event)

    def _heed(self) -> None:
        """The provider's settings: how many calls it allows, and what room it gives to each."""
        self._allowed = min(self._flow.remote_settings.max_concurrent_streams, STREAMS)
        for waiter in self._queue:
            _set(waiter)
        for stream in self._calls.values():
            stream.wake()

    def _fail(self, kind: Kind, message: str) -> None:
        self._failure = self._failure or (kind, message)
        for waiter in self._queue:
            _set(waiter)
        for stream in self._calls.values():
            stream.wake()

    def _flush(self) -> None:
        self._line.push(self._flow.data_to_send())


class Stream:
    """One call."""

    __slots__ = ("ended", "head", "number", "pieces", "progress", "reset", "waiter")

    def __init__(self, number: int, progress: Progress) -> None:
        self.number = number
        self.progress = progress
        self.head: list[tuple[bytes, bytes]] | None = None
        self.pieces: deque[tuple[bytes, int]] = deque()  # and what each takes of the window
        self.ended = False
        self.reset: StreamReset | None = None
        self.waiter: asyncio.Future[None] | None = None

    @property
    def deaf(self) -> bool:
        """Whether the provider wants no more of the request: it has said all, or given up."""
        return self.ended or self.reset is not None

    def status(self) -> int:
        return int(dict(self.head or ()).get(b":status", b""))

    def take(self, event: Event) -> None:
        if isinstance(event, ResponseReceived):
            self.head = event.headers
        elif isinstance(event, DataReceived):
            self.pieces.append((event.data, event.flow_controlled_length))
        elif isinstance(event, StreamEnded):
            self.ended = True
        elif isinstance(event, StreamReset):
            self.reset = event
        self.wake()

    def wake(self) -> None:
        if self.waiter is not None:
            _set(self.waiter)


class _Body:
    """In the form httpcore wants it."""

    def __init__(self, shared: Shared, stream: Stream) -> None:
        self._shared = shared
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._shared.pieces(self._stream)

    async def aclose(self) -> None:
        self._shared.part(self._stream)


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
