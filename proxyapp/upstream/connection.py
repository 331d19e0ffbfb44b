"""A connection to one origin: carries one exchange after another, and watches the time between them."""

import asyncio
import socket
from math import inf
from typing import Protocol, cast

from proxyapp.upstream.deadlines import Deadlines
from proxyapp.upstream.exchange import Exchange

RECEIVE_BUFFER = 128 * 1024  # bytes of an answer that the kernel takes ahead of us (it doubles this)


class Home(Protocol):
    """Where connections wait between exchanges."""

    idle_for: float  # seconds a connection may wait
    alive_for: float  # seconds it may exist; after that its address is looked up afresh

    def back(self, connection: "Connection") -> None:
        """Its exchange is over and it can carry another."""
        ...

    def gone(self, connection: "Connection") -> None:
        """It has ended, wherever it was."""
        ...


class Connection(asyncio.Protocol):
    """The socket's side of things. `transport` exists once the loop has connected it."""

    __slots__ = (
        "_deadlines",
        "_exchange",
        "_home",
        "_lives_until",
        "_loop",
        "_rests_until",
        "choked",
        "ended",
        "leased",
        "slot",
        "transport",
        "used",
    )

    def __init__(self, home: Home, deadlines: Deadlines) -> None:
        self.slot = 0
        self.choked = False
        self.ended = False
        self.leased = False  # holds one of its home's places
        self.used = False  # has carried an exchange before
        self.transport: asyncio.Transport
        self._home = home
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._exchange: Exchange | None = None
        self._lives_until = self._rests_until = self._loop.time() + home.alive_for

    # What the pool calls

    def bind(self, exchange: Exchange) -> None:
        """What comes in from now on belongs to `exchange`."""
        self._exchange = exchange
        self.used = True

    def fit(self) -> bool:
        """Whether another exchange may be trusted to it."""
        return not self.ended and self._rests_until > self._loop.time() and not self.transport.is_closing()

    def watch(self) -> None:
        self._deadlines.watch(self)

    def release(self) -> None:
        """Where bytes of a request the provider has already answered are still to go, it is not clean."""
        if self.ended:
            return
        self._exchange = None
        now = self._loop.time()
        self._rests_until = min(now + self._home.idle_for, self._lives_until)
        if self._rests_until <= now or self.transport.get_write_buffer_size():
            self.abort()
            return
        self._home.back(self)
        self._deadlines.watch(self)

    def abort(self) -> None:
        """End now: the place is free before the loop gets to closing the socket."""
        if self.ended:
            return
        self.ended = True
        self._exchange = None
        self._deadlines.forget(self)
        self.transport.abort()
        self._home.gone(self)

    def cut(self) -> None:
        """End now, in the middle of things: the lane closes."""
        if self._exchange is not None:
            self._exchange.fail("early_eof", "the call was cut off on this side")
        self.abort()

    # What the deadlines call

    def due(self) -> float:
        if self._exchange is not None:
            return self._exchange.due()
        return inf if self.ended else self._rests_until

    def expire(self) -> None:
        if self._exchange is not None:
            self._exchange.expire()
        else:
            self.abort()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are so by shape, not by descent
        if (carried := transport.get_extra_info("socket")) is not None:
            carried.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None or exchange.complete:
            self.abort()  # nobody asked for it, so nobody knows what it answers
        else:
            exchange.feed(data)

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        exchange = self._exchange
        if exchange is not None:
            exchange.lost(exc)
        self.abort()

    def pause_writing(self) -> None:
        self.choked = True

    def resume_writing(self) -> None:
        self.choked = False
        if self._exchange is not None:
            self._exchange.unchoke()
