"""The connections to one origin: how many may be busy, who waits, which are at rest."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from proxyapp.upstream.connection import Connection
from proxyapp.upstream.request import OriginKey


class Origin:
    """Hands out places and resting connections.

    A place is the right to use one connection, at most `cap` at once. A new connection is only made where
    none is at rest, so there are never more than `cap` of them either. Places are handed to waiters in the
    order they came; resting connections are taken youngest first, so that a quiet hour lets the others go.
    """

    __slots__ = (
        "_all",
        "_cap",
        "_emptied",
        "_idle",
        "_loop",
        "_waiters",
        "alive_for",
        "held",
        "idle_for",
        "key",
    )

    def __init__(
        self,
        key: OriginKey,
        *,
        cap: int,
        idle_for: float,
        alive_for: float,
        emptied: Callable[["Origin"], None],
    ) -> None:
        self.key = key
        self.idle_for = idle_for
        self.alive_for = alive_for
        self.held = 0
        self._cap = cap
        self._emptied = emptied
        self._all: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # a set that remembers the order
        self._loop = asyncio.get_running_loop()
        self._waiters: deque[asyncio.Future[None]] = deque()

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    def take(self) -> Connection | None:
        """A place with a resting connection, if both are there at once."""
        if self._idle and not self._waiters and self.held < self._cap:
            self.held += 1
            connection = self.rouse()
            if connection is not None:
                return connection
            self.held -= 1
        return None

    async def enter(self) -> None:
        """Wait for a place; give it up with `leave`, or by way of a leased connection's end."""
        if self.held < self._cap and not self._waiters:
            self.held += 1
            return
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self.leave()  # the place came in the moment its owner left
            else:
                with suppress(ValueError):
                    self._waiters.remove(waiter)
            raise

    def leave(self) -> None:
        """Give up a place."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.held -= 1
        self._look()

    def rouse(self) -> Connection | None:
        """For the owner of a place: the resting connection used last, now bound to that place."""
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.fit():
                connection.leased = True
                return connection
            connection.abort()
        return None

    def make_room(self) -> None:
        """For the owner of a place who will have a new connection although others are at rest."""
        while self._idle and self.held + len(self._idle) > self._cap:
            next(iter(self._idle)).abort()

    def adopt(self, connection: Connection) -> None:
        """Bind a new connection to the place of whoever dialled it."""
        self._all.add(connection)
        connection.leased = True

    def back(self, connection: Connection) -> None:
        connection.leased = False
        self._idle[connection] = None
        self.leave()

    def gone(self, connection: Connection) -> None:
        self._all.discard(connection)
        if connection.leased:
            connection.leased = False
            self.leave()
        else:
            self._idle.pop(connection, None)
            self._look()

    def close(self) -> None:
        """Cut all connections, busy or not."""
        for connection in list(self._all):
            connection.cut()

    def _look(self) -> None:
        if not self.held and not self._idle:
            self._emptied(self)
