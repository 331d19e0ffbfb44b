"""The engines that serve one origin: how many calls at once, who waits, when an engine has had its day."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf

from proxyapp.upstream.engine import Engine, Means
from proxyapp.upstream.request import OriginKey

SHARE = 100  # calls upon one engine: for each call httpcore compares all of its connections with one another


class Fleet:
    """Hands out engines, to at most `cap` calls at once, in the order they came.

    An engine takes new calls for `alive_for` seconds, so that DNS is asked again; then it serves those it has
    and goes. Without any call for `idle_for` seconds, all go.
    """

    def __init__(
        self,
        key: OriginKey,
        means: Means,
        *,
        cap: int,
        idle_for: float,
        alive_for: float,
        rests: Callable[["Fleet"], None],
    ) -> None:
        self.key = key
        self.slot = 0
        self.busy = 0
        self.waiting = 0
        self._means = means
        self._idle_for = idle_for
        self._alive_for = alive_for
        self._rests = rests
        self._engines: list[Engine] = []
        self._leaving: set[Engine] = set()
        self._places = asyncio.Semaphore(cap)
        self._loop = asyncio.get_running_loop()
        self._rests_until = inf

    @property
    def idle(self) -> int:
        """Connections at rest."""
        return sum(engine.idle for engine in self._engines)

    @asynccontextmanager
    async def engine(self, *, fresh: bool) -> AsyncIterator[Engine]:
        """A place, and an engine for one call; a `fresh` one has no connection at rest."""
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        self.busy += 1
        engine = self._pick(fresh)
        try:
            yield engine
        finally:
            self.busy -= 1
            self._places.release()
            self._settle(engine)

    def due(self) -> float:
        return inf if self.busy or self.waiting else self._rests_until

    def expire(self) -> None:
        self.cut()

    def cut(self) -> None:
        """End every connection."""
        for engine in [*self._engines, *self._leaving]:
            engine.cut()
        self._engines.clear()
        self._rests_until = inf
        self._rests(self)

    def _pick(self, fresh: bool) -> Engine:
        oldest = self._loop.time() - self._alive_for
        for engine in list(self._engines):
            if fresh or engine.born < oldest:
                self._retire(engine)
            elif len(engine.calls) < SHARE:
                return engine
        engine = Engine(self.key, self._means, self._idle_for)
        self._engines.append(engine)
        return engine

    def _retire(self, engine: Engine) -> None:
        self._engines.remove(engine)
        if engine.calls:
            self._leaving.add(engine)
        else:
            engine.cut()

    def _settle(self, engine: Engine) -> None:
        if engine in self._leaving and not engine.calls:
            self._leaving.discard(engine)
            engine.cut()
        if not self.busy and not self.waiting:
            self._rests_until = self._loop.time() + self._idle_for
            if any(engine.lines for engine in self._engines):
                self._rests(self)
            else:
                self.cut()
