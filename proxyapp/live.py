"""The calls in flight of this process: to stop those of a revoked key, and to say how far each has come."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from proxyapp import auth
from proxyapp.errors import NotReady, Problem, Unauthenticated
from proxyapp.http import Request
from proxyapp.limits.reservation import Limits
from proxyapp.metering import Meter
from proxyapp.store import Store
from proxyapp.usage import TokenUsage

_MOMENT = 0.1
_TICK = 1.0
_AGAIN = 10.0  # seconds until what Redis may have lost is said again
log = logging.getLogger(__name__)


class LiveCall:
    """A call about to be reserved, or past that, and the task that carries it."""

    __slots__ = ("_among", "_digest", "_task", "_told", "_told_at", "meter")

    def __init__(
        self, meter: Meter, task: "asyncio.Task[None]", among: "dict[str, set[LiveCall]]", digest: str
    ) -> None:
        self.meter = meter
        self._task = task
        self._among = among
        self._digest = digest
        self._told: tuple[int, TokenUsage | None] | None = None
        self._told_at = 0.0

    def __enter__(self) -> "LiveCall":
        self._among.setdefault(self._digest, set()).add(self)
        return self

    def __exit__(self, *_: object) -> None:
        calls = self._among[self._digest]
        calls.discard(self)
        if not calls:
            del self._among[self._digest]

    def stop(self, why: Problem) -> None:
        """End it from our side, once."""
        if self.meter.stopped is None:
            self.meter.stopped = why
            self._task.cancel()

    def has_news(self) -> bool:
        """Whether there is something to say of how far it has come; now and then the same once more."""
        meter, now = self.meter, time.monotonic()
        if meter.reading is None or not meter.reading.started or meter.final is not None:
            return False
        come = (meter.reading.output_bytes, meter.reading.usage)
        if come == self._told and now - self._told_at < _AGAIN:
            return False
        self._told, self._told_at = come, now
        return True

    def leave(self) -> None:
        """Its client is gone."""
        self.meter.left = True
        self._task.cancel()


class Watch:
    """Ends a call whose client has left."""

    __slots__ = ("_live", "_request", "_task")

    def __init__(self, request: Request, live: LiveCall) -> None:
        self._request: Request | None = request
        self._live = live
        self._task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """The client may leave now."""
        self._request = None
        if self._task is not None:
            self._task.cancel()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._request is not None:
            self._task = loop.create_task(self._look(self._request))

    async def _look(self, request: Request) -> None:
        await request.gone()
        self._live.leave()


class Watches:
    """Nobody is looked for in the first moment of a call: most are over by then, and a task or a timer for
    each would cost as much as reading its body. One timer serves all that are so young.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._young: deque[tuple[float, Watch]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, request: Request, live: LiveCall) -> Watch:
        watch = Watch(request, live)
        self._young.append((self._loop.time() + _MOMENT, watch))
        if self._timer is None:
            self._timer = self._loop.call_later(_MOMENT, self._look)
        return watch

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now, young = self._loop.time(), self._young
        while young and young[0][0] <= now:
            young.popleft()[1].begin(self._loop)
        self._timer = self._loop.call_at(young[0][0], self._look) if young else None


class LiveCalls:
    """All of them, by key."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._calls: dict[str, set[LiveCall]] = {}
        self._listeners: dict[str, list[Callable[[Problem], None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        store.on_key_change = self._key_changed

    def __len__(self) -> int:
        return sum(len(calls) for calls in self._calls.values())

    def including(self, digest: str, meter: Meter) -> LiveCall:
        """For `with`: the call of the present task, among the others until it ends."""
        task = asyncio.current_task(self.loop)
        assert task is not None
        return LiveCall(meter, task, self._calls, digest)

    @contextlib.contextmanager
    def listening(self, digest: str, refused: Callable[[Problem], None]) -> Iterator[None]:
        """For `with`: whoever is not in a call all the time is told that its key may no longer call."""
        self._listeners.setdefault(digest, []).append(refused)
        try:
            yield
        finally:
            self._listeners[digest].remove(refused)
            if not self._listeners[digest]:
                del self._listeners[digest]

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.watches = Watches(self.loop)
        self._spawn(self._watch())

    async def stop(self) -> None:
        self.watches.stop()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _key_changed(self, digest: str) -> None:
        if digest in self._calls or digest in self._listeners:
            self._spawn(self._check(digest))

    async def _check(self, digest: str) -> None:
        """Stop the calls of a key that may no longer call. That Redis is away is no verdict on anybody."""
        with contextlib.suppress(NotReady):
            try:
                await auth.looked_up(digest, self._store)
            except Unauthenticated as why:
                for call in list(self._calls.get(digest, ())):
                    call.stop(why.problem)
                for refused in list(self._listeners.get(digest, ())):
                    refused(why.problem)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            for digest in list(self._calls):
                try:
                    await self._look_at(digest)
                except Exception:  # whatever is wrong with one key, the others are still to be looked at
                    log.exception("the calls in flight of a key could not be looked at")

    async def _look_at(self, digest: str) -> None:
        calls = list(self._calls.get(digest, ()))
        if self._store.is_silent or any(call.meter.key.expires_at for call in calls):
            await self._check(digest)
        for call in calls:
            if call.has_news():
                meter = call.meter
                await self._limits.checkpoint(meter.key, meter.call_id, meter.checkpoint())

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
