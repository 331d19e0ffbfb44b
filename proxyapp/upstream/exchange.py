"""One request and its answer on one connection: sending, waiting, patience and the end."""

import asyncio
from math import inf
from typing import Protocol

from proxyapp.upstream.incoming import Incoming
from proxyapp.upstream.lane import Kind, Timeouts, UpstreamError

UNREAD = 64 * 1024  # bytes nobody has read yet, above which the provider has to wait
SLICE = 256 * 1024  # bytes of a request body handed to the transport at once


class Carrier(Protocol):
    """The connection, as its exchange sees it."""

    transport: asyncio.Transport
    choked: bool  # the transport wants no more bytes for now

    def watch(self) -> None:
        """The deadline may have come nearer."""
        ...

    def release(self) -> None:
        """The exchange is over and left the connection clean."""
        ...

    def abort(self) -> None:
        """Cut the connection at once."""
        ...


class Exchange(Incoming):
    """The fast lane's `Answer`; `run` brings it to the end of its head."""

    __slots__ = (
        "_carrier",
        "_error",
        "_loop",
        "_paused",
        "_timeouts",
        "_total_at",
        "_touched",
        "_unsent",
        "_waiter",
        "answered",
        "stale",
    )

    def __init__(
        self, method: bytes, timeouts: Timeouts, total_at: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(method)
        self.answered = False  # whether any byte came back
        self.stale = False  # the connection ended before it did
        self._loop = loop
        self._timeouts = timeouts
        self._total_at = total_at
        self._touched = 0.0  # when something last moved
        self._carrier: Carrier | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._error: UpstreamError | None = None
        self._paused = False
        self._unsent = False  # part of the request body was never sent

    async def run(self, carrier: Carrier, head: bytes, body: bytes) -> None:
        """Send the request and wait for the head of the answer; on any error the connection is cut."""
        self._carrier = carrier
        self._touched = self._loop.time()
        carrier.watch()
        try:
            if len(body) > SLICE:
                await self._send_slices(carrier, head, memoryview(body))
            elif body:
                carrier.transport.writelines((head, body))
            else:
                carrier.transport.write(head)
            while not self.status:
                await self._news()
        except BaseException:
            self.close()
            raise
        if not self.complete:
            carrier.watch()

    async def read(self) -> bytes | None:
        while not self.chunks:
            if self.complete and self._carrier is not None:
                return None
            try:
                await self._news()
            except BaseException:
                self.close()
                raise
        data = self.take()
        if self._paused:
            self._resume()
        return data

    async def read_all(self, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while (data := await self.read()) is not None:
            size += len(data)
            if size > limit:
                self.close()
                raise _failure("too_large", f"the answer is larger than the {limit} bytes allowed")
            parts.append(data)
            if self.complete and not self.chunks:
                break
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        carrier = self._carrier
        if carrier is None:
            return
        if self._paused:
            self._resume()
        self._carrier = None
        if self.complete and self.reusable and not self._unsent:
            carrier.release()
        else:
            carrier.abort()
        self.discard()
        self._wake()

    def feed(self, data: bytes) -> None:
        """Bytes came in."""
        self.answered = True
        self.parse(data)
        if self.faulty:
            self.fail("protocol", "the provider's answer is not valid HTTP/1.1, or is out of bounds")
            return
        if self.status:
            self._touched = self._loop.time()
            if self.unread > UNREAD and not self._paused and not self.complete:
                self._pause()
            self._wake()

    def lost(self, error: Exception | None) -> None:
        """The connection ended, in good order where `error` is None."""
        if error is None and self.end():
            self._wake()
            return
        self.stale = not self.answered
        self.fail("early_eof", "the provider closed the connection before the end of its answer")

    def fail(self, kind: Kind, message: str) -> None:
        """End in an error once what has arrived is read. An answer that is complete stays so."""
        if self.complete or self._error is not None:
            return
        self._error = _failure(kind, message)
        if self._carrier is not None:
            self._carrier.abort()
        self._wake()

    def unchoke(self) -> None:
        """The transport takes bytes again."""
        self._wake()

    def due(self) -> float:
        """Loop time at which patience ends; see `Timeouts`."""
        if self.complete or self._error is not None:
            return inf
        if not self.status:
            return min(self._total_at, self._touched + self._timeouts.first_byte)
        if self._paused:
            return self._total_at  # we hold the provider back: the silence is ours
        return min(self._total_at, self._touched + self._timeouts.idle)

    def expire(self) -> None:
        if self._loop.time() >= self._total_at:
            self.fail("timeout_total", "the call took longer than allowed")
        elif self.status:
            self.fail("timeout_idle", "the provider fell silent within its answer")
        else:
            self.fail("timeout_first_byte", "the provider did not begin to answer in time")

    async def _send_slices(self, carrier: Carrier, head: bytes, body: memoryview) -> None:
        """Send a large body no faster than it is taken; stop where the answer is there before the end."""
        self._unsent = True
        carrier.transport.writelines((head, body[:SLICE]))
        for start in range(SLICE, len(body), SLICE):
            while carrier.choked and not self.status:
                await self._news()
            if self.status or self._error is not None:
                return
            carrier.transport.write(body[start : start + SLICE])
            self._touched = self._loop.time()
        self._unsent = False

    def _news(self) -> asyncio.Future[None]:
        """Await this for the next thing to happen; raises what has already gone wrong."""
        if self._error is not None:
            raise self._error
        if self._carrier is None:
            raise _failure("early_eof", "the answer was closed on this side")
        waiter = self._waiter = self._loop.create_future()
        return waiter

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)

    def _pause(self) -> None:
        assert self._carrier is not None
        self._paused = True
        self._carrier.transport.pause_reading()

    def _resume(self) -> None:
        self._paused = False
        carrier = self._carrier
        if carrier is not None and not carrier.transport.is_closing():
            self._touched = self._loop.time()
            carrier.transport.resume_reading()
            carrier.watch()


def _failure(kind: Kind, message: str) -> UpstreamError:
    return UpstreamError(kind, message, sent=True)
