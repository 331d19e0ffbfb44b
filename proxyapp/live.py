"""The calls in flight of this process: to stop those of a revoked key, and to say how far each has come."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from proxyapp import auth
from proxyapp.errors import Unauthenticated
from proxyapp.limits.reservation import Limits
from proxyapp.metering import Meter
from proxyapp.resp import RedisAway, RedisRefused
from proxyapp.store import Store

_TICK = 1.0
log = logging.getLogger(__name__)


class LiveCall:
    """A call past its reservation. `stopped` says why it was ended from our side, if it was."""

    __slots__ = ("_task", "digest", "meter", "stopped")

    def __init__(self, digest: str, meter: Meter, task: "asyncio.Task[None]") -> None:
        self.digest = digest
        self.meter = meter
        self.stopped: Unauthenticated | None = None
        self._task = task

    def stop(self, why: Unauthenticated) -> None:
        if self.stopped is None:
            self.stopped = why
            self.meter.broken = why.problem.code
            self._task.cancel()


class LiveCalls:
    """All of them, by key."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._calls: dict[str, set[LiveCall]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        store.on_key_change = self._key_changed

    def __len__(self) -> int:
        return sum(len(calls) for calls in self._calls.values())

    def add(self, call: LiveCall) -> None:
        self._calls.setdefault(call.digest, set()).add(call)

    def remove(self, call: LiveCall) -> None:
        calls = self._calls.get(call.digest)
        if calls:
            calls.discard(call)
            if not calls:
                del self._calls[call.digest]

    async def start(self) -> None:
        self._spawn(self._watch())

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _key_changed(self, digest: str) -> None:
        if digest in self._calls:
            self._spawn(self._check(digest))

    async def _check(self, digest: str) -> None:
        """Stop the calls of a key that may no longer call. That Redis is away is no verdict on anybody."""
        with contextlib.suppress(RedisAway, RedisRefused):
            key = await self._store.key(digest)
            try:
                if key is None:
                    raise Unauthenticated("This API key does not exist any more.")
                auth.check(key)
            except Unauthenticated as why:
                for call in list(self._calls.get(digest, ())):
                    call.stop(why)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            for digest in list(self._calls):
                if self._store.is_silent or any(c.meter.key.expires_at for c in self._calls.get(digest, ())):
                    await self._check(digest)
                for call in list(self._calls.get(digest, ())):
                    await self._checkpoint(call.meter)

    async def _checkpoint(self, meter: Meter) -> None:
        if meter.reading is not None and meter.reading.started and meter.final is None:
            await self._limits.checkpoint(meter.key, meter.call_id, meter.checkpoint())

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
