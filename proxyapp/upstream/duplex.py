"""A socket as httpx wants it, on the loop's own transports.

Why not anyio's, which httpx brings along: here the address dialled is the one that was checked, a connection
can be cut without waiting, small writes leave as one, what arrives unasked is noticed, and a call's progress
is told.
"""

import asyncio
import errno
import ssl
from collections.abc import Callable
from typing import Any, Protocol, cast

import httpcore

from proxyapp.upstream.incoming import HEAD
from proxyapp.upstream.lane import UpstreamError
from proxyapp.upstream.progress import CURRENT, Progress

UNREAD = 128 * 1024  # bytes httpx has not asked for yet, above which the provider has to wait
CORK = 64 * 1024  # bytes of a request that may wait for the next ones
PUSHED = 4 * 1024 * 1024  # bytes the provider does not take, above which it is left; calls alone stay below


class Sink(Protocol):
    """Takes all that comes in, where nobody reads."""

    def feed(self, data: bytes) -> None: ...

    def over(self) -> None:
        """The connection ended."""
        ...


class Duplex(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. `transport` exists once the loop has connected it."""

    def __init__(self, tls: ssl.SSLContext, gone: Callable[["Duplex"], None]) -> None:
        self.carried = 0
        self.received = 0
        self.ended = False
        self.lost = False
        self.multiplexed = False
        self.transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._tls = tls
        self._gone = gone
        self._error: Exception | None = None
        self._arrived = bytearray()
        self._corked: list[bytes] = []
        self._corked_size = 0
        self._paused = False
        self._choked = False
        self._listener: Progress | None = None  # whose answer comes next; HTTP/1.1 only
        self._sink: Sink | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    # What httpx calls

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._flush()
        progress = CURRENT.get()
        self._refuse_nonsense(progress)
        if not self._arrived and not self.ended:
            progress.waits()
            while not self._arrived and not self.ended:
                await self._news()
            self._refuse_nonsense(progress)
        if not self._arrived and self._error is not None:
            raise httpcore.ReadError("the connection broke")
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        progress.plain += len(data)
        self._relax()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Small pieces wait for each other until the next read or the end of the loop's turn."""
        if not buffer:
            return
        progress = CURRENT.get()
        if progress.sending and not progress.sent:
            self._attach(progress)
        if self.ended:
            raise httpcore.WriteError("the connection has ended")
        if not self._corked:
            self._loop.call_soon(self._flush)
        self._corked.append(buffer)
        self._corked_size += len(buffer)
        if self._corked_size >= CORK or self._choked:
            self._flush()
            await self._room()
        progress.moved()

    async def aclose(self) -> None:
        if self._sink is None:  # else it is the sink's to decide
            self.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "Duplex":
        """For a connection through a proxy; a direct one was dialled with TLS. The lane's own context is
        used: httpx would change what `ssl_context` offers.
        """
        if self.transport.get_extra_info("ssl_object") is None:
            await self._upgrade(server_hostname)
        chosen = self.transport.get_extra_info("ssl_object").selected_alpn_protocol()
        self.multiplexed = chosen == "h2"
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of a connection at rest: whether anything is amiss with it
            return bool(self._arrived) or self.ended or self.transport.is_closing()
        return self.transport.get_extra_info(info)

    # What the lane calls

    def listen(self, sink: Sink) -> None:
        """From now on `sink` is given all that comes in, and what is here already."""
        self._sink = sink
        arrived = bytes(self._arrived)
        self._arrived.clear()
        if arrived:
            sink.feed(arrived)
        self._relax()
        if self.ended:
            sink.over()

    def push(self, data: bytes) -> None:
        """Send without waiting; for a few bytes."""
        if data and not self.ended:
            self._corked.append(data)
            self._flush()
            if self.transport.get_write_buffer_size() > PUSHED:
                self.abort()

    def is_clean(self) -> bool:
        """Whether an answer that is over left nothing behind, in either direction."""
        return not self._arrived and not self._corked and not self.transport.get_write_buffer_size()

    def rest(self) -> None:
        """The answer is over: whatever comes now, nobody asked for."""
        self._listener = None

    def abort(self) -> None:
        if not self.ended:
            self.transport.abort()
            self._end(ConnectionAbortedError())

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are so by shape, not by descent

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self._sink is not None:
            self._sink.feed(data)
            return
        self._arrived += data
        if self._listener is not None and not self._listener.incoming.status:
            self._listener.incoming.parse(data)
        if len(self._arrived) > UNREAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended:
            self.lost = True
            self._end(exc)

    def pause_writing(self) -> None:
        self._choked = True

    def resume_writing(self) -> None:
        self._choked = False
        self._wake()

    def _end(self, error: Exception | None) -> None:
        self.ended = True
        self._error = error
        self._gone(self)
        if self._sink is not None:
            self._sink.over()
        self._wake()

    def _relax(self) -> None:
        if self._paused and not self._arrived and not self.ended:
            self._paused = False
            self.transport.resume_reading()

    def _attach(self, progress: Progress) -> None:
        """Bytes that lie here before an HTTP/1.1 request is sent would pass for its answer."""
        stray = bool(self._arrived) and not self.multiplexed
        progress.attach(self)
        if stray:
            self._arrived.clear()
            self.lost = True  # as good as
            self.abort()
        if not self.multiplexed:
            self._listener = progress

    def _refuse_nonsense(self, progress: Progress) -> None:
        if progress is not self._listener:
            return
        incoming = progress.incoming
        if (incoming.faulty and not incoming.status) or progress.plain > HEAD:
            reason = "the provider's answer is not valid HTTP/1.1, or is out of bounds"
            raise UpstreamError("protocol", reason, sent=True)

    async def _room(self) -> None:
        """Wait until the rest may go. Where the answer is here before the end of the request, stop sending:
        httpx then goes on to read.
        """
        while self._choked:
            if self.ended or (self._listener is not None and self._listener.incoming.status):
                raise httpcore.WriteError("the answer came before the end of the request")
            await self._news()

    def _flush(self) -> None:
        if self._corked and not self.ended:
            self.transport.writelines(self._corked)
        self._corked = []
        self._corked_size = 0

    async def _upgrade(self, server_hostname: str | None) -> None:
        self._flush()
        if self._arrived:
            self.abort()  # what came before TLS would be believed after it
            raise UpstreamError("connect", "the proxy sent more than its answer", sent=False)
        try:
            transport = await self._loop.start_tls(
                self.transport, self, self._tls, server_hostname=server_hostname
            )
        except ssl.SSLError as error:
            self.abort()
            reason = f"no TLS with the provider ({error.reason or 'no reason given'})"
            raise UpstreamError("tls", reason, sent=False) from None
        except OSError as error:
            self.abort()
            code = errno.errorcode.get(error.errno or 0, "no code")
            raise UpstreamError("connect", f"no connection to the provider ({code})", sent=False) from None
        except BaseException:
            self.abort()
            raise
        assert transport is not None
        self.transport = transport

    async def _news(self) -> None:
        waiter = self._loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
