"""The general lane's answer: a task of its own takes what httpx yields, a reader takes it from there.

Between the two lies a little store. With it the reader may leave at any moment, from any task, while all of
httpx's coroutines run, are cancelled and clean up after themselves in the one task.
"""

import asyncio
from collections.abc import AsyncIterable, Callable
from contextlib import AbstractAsyncContextManager
from math import inf

from proxyapp.upstream.deadlines import Deadlines
from proxyapp.upstream.exchange import UNREAD
from proxyapp.upstream.lane import Kind, Timeouts, UpstreamError
from proxyapp.upstream.progress import CURRENT, Progress

PIECE = 64  # what a piece of body costs beside its bytes

Way = AbstractAsyncContextManager[AsyncIterable[bytes]]


class Passage(Progress):
    """A general lane's `Answer`; `opened` brings it to the end of its head."""

    def __init__(self, method: bytes, timeouts: Timeouts, total_at: float, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        super().__init__(method, min(total_at, self._loop.time() + timeouts.connect))
        self.slot = 0
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._timeouts = timeouts
        self._total_at = total_at
        self._deadlines = deadlines
        self._touched = 0.0  # when something last moved
        self._chunks: list[bytes] = []
        self._unread = 0
        self._ready = False  # the head is there, and what came with it is taken
        self._arrived = False  # all of the body is here
        self._complete = False  # and the connection is given back
        self._closed = False
        self._error: UpstreamError | None = None
        self._waiter: asyncio.Future[None] | None = None  # the reader's
        self._room: asyncio.Future[None] | None = None  # the task's, while the reader lags behind
        self._task: asyncio.Task[None]

    # What the lane calls

    def start(self, way: Way, over: Callable[["Passage"], None]) -> None:
        """Set out; `over` is called when nothing of it is left, whatever its end."""
        self._task = self._loop.create_task(self._run(way))
        self._task.add_done_callback(lambda _: self._leave(over))
        self._deadlines.watch(self)

    async def opened(self) -> None:
        try:
            while not self._ready:
                await self._news()
        except BaseException:
            self.close()
            raise

    async def gone(self) -> None:
        """Wait until nothing of it is left."""
        await asyncio.wait([self._task])

    def cut(self) -> None:
        """End now, in the middle of things: the lane closes."""
        self._fail("early_eof", "the call was cut off on this side")

    # What the reader calls

    async def read(self) -> bytes | None:
        while not self._chunks:
            if self._complete and not self._closed:
                return None
            try:
                await self._news()
            except BaseException:
                self.close()
                raise
        return self._take()

    async def read_all(self, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while (data := await self.read()) is not None:
            size += len(data)
            if size > limit:
                self.close()
                reason = f"the answer is larger than the {limit} bytes allowed"
                raise UpstreamError("too_large", reason, sent=True)
            parts.append(data)
        return b"".join(parts)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._chunks.clear()
            self._abandon()
            self._wake()

    # What the deadlines call

    def due(self) -> float:
        if self._arrived or self._closed or self._error is not None:
            return inf
        if not self.sending:
            return self.connect_at
        if not self.status:
            return min(self._total_at, self._touched + self._timeouts.first_byte)
        if self._room is not None:
            return self._total_at  # we hold the provider back: the silence is ours
        return min(self._total_at, self._touched + self._timeouts.idle)

    def expire(self) -> None:
        if not self.sending:
            self._fail("timeout_connect", "no connection to the provider in time")
        elif self._loop.time() >= self._total_at:
            self._fail("timeout_total", "the call took longer than allowed")
        elif self.status:
            self._fail("timeout_idle", "the provider fell silent within its answer")
        else:
            self._fail("timeout_first_byte", "the provider did not begin to answer in time")

    # What the socket and httpx bring about

    def begin(self) -> None:
        super().begin()
        self._touch()

    def moved(self) -> None:
        self._touched = self._loop.time()

    def waits(self) -> None:
        if self.status and not self._ready:
            self._ready = True
            self._wake()

    # The task

    async def _run(self, way: Way) -> None:
        CURRENT.set(self)
        try:
            async with way as body:
                self._head()
                async for chunk in body:
                    await self._store(chunk)
                self._arrived = True
        except UpstreamError as error:
            self._end(error)
        except asyncio.CancelledError:  # by `_abandon`, or at the end of the loop
            self._end(self._error or _failure("early_eof", "the call was cut off on this side", self.sent))
        else:
            self._complete = True
            self.waits()
        self._wake()

    def _head(self) -> None:
        self.status = self.incoming.status
        self.headers = self.incoming.headers
        self.incoming.discard()
        self._touch()
        if self.multiplexed:
            self.waits()  # nobody reads there, and there is nothing to wait for

    async def _store(self, chunk: bytes) -> None:
        self.plain = 0
        self._touched = self._loop.time()
        if self._closed:
            return
        self._chunks.append(chunk)
        self._unread += len(chunk) + PIECE
        self._wake()
        if self._unread > UNREAD:
            self.waits()
            self._room = self._loop.create_future()
            await self._room

    def _leave(self, over: Callable[["Passage"], None]) -> None:
        if self._task.cancelled():  # before it had begun
            self._end(_failure("early_eof", "the call was cut off on this side", False))
        self._deadlines.forget(self)
        over(self)

    def _end(self, error: UpstreamError) -> None:
        """End in an error once what has arrived is read."""
        if self._error is None:
            self._error = error
        self._ready = self._ready or bool(self.status)
        self._wake()

    def _fail(self, kind: Kind, message: str) -> None:
        if not self._arrived:
            self._end(_failure(kind, message, self.sent))
            self._abandon()

    def _abandon(self) -> None:
        """Bring the task to its end, unless it has come there by itself.

        A task that waits for the reader goes on first: it is to be cancelled within httpx, where the
        generators know how to clean up, and not between two of their pieces.
        """
        if self._arrived or self._task.done():
            return
        if self.sent and self.line is not None and not self.multiplexed:
            self.line.abort()
        if self._room is None:
            self._task.cancel()
        else:
            self._resume()
            self._loop.call_soon(self._cancel)

    def _cancel(self) -> None:
        if not self._arrived:
            self._task.cancel()

    # Between reader and task

    def _take(self) -> bytes:
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._unread = 0
        if self._room is not None:
            self._resume()
        return data

    def _resume(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)
        self._touch()

    def _touch(self) -> None:
        """Something moved, and another patience may run from here."""
        self._touched = self._loop.time()
        self._deadlines.watch(self)

    def _news(self) -> asyncio.Future[None]:
        """Await this for the next thing to happen; raises what has already gone wrong."""
        if self._closed:
            raise _failure("early_eof", "the answer was closed on this side", self.sent)
        if self._error is not None:
            raise self._error
        waiter = self._waiter = self._loop.create_future()
        return waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _failure(kind: Kind, message: str, sent: bool) -> UpstreamError:
    return UpstreamError(kind, message, sent=sent)
