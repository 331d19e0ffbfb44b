"""A coarse clock for many connections: a wheel of slots, one timer for all of them.

A connection is looked at when its slot comes up. Only then is it asked when it is really due, and moved on
if something happened meanwhile; so a chunk that arrives costs no timer at all.
"""

import asyncio
import logging
from math import inf
from typing import Protocol

RESOLUTION = 0.25  # seconds
log = logging.getLogger(__name__)


class Timed(Protocol):
    """Something with a deadline. Starts with `slot = 0` and leaves that number alone."""

    slot: int

    def due(self) -> float:
        """Loop time at which it expires as things stand; `inf` for never."""
        ...

    def expire(self) -> None: ...


class Deadlines:
    """Calls `expire` no earlier than `due`, and later by at most `resolution`."""

    __slots__ = ("_loop", "_resolution", "_seen", "_slots", "_timer")

    def __init__(self, resolution: float = RESOLUTION) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolution = resolution
        self._slots: dict[int, set[Timed]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._seen = 0  # the last slot looked at

    def __len__(self) -> int:
        """How many are watched."""
        return sum(map(len, self._slots.values()))

    def watch(self, item: Timed) -> None:
        """Call whenever `item` may have become due earlier than before; later needs no call."""
        due = item.due()
        if due == inf:
            return
        slot = int(due / self._resolution) + 1
        if item.slot:
            if item.slot <= slot:
                return  # looked at in time anyway
            self.forget(item)
        if self._timer is None:
            self._seen = int(self._loop.time() / self._resolution)
            self._wind()
        slot = item.slot = max(slot, self._seen + 1)
        self._slots.setdefault(slot, set()).add(item)

    def forget(self, item: Timed) -> None:
        if not item.slot:
            return
        items = self._slots[item.slot]
        items.discard(item)
        if not items:
            del self._slots[item.slot]
        item.slot = 0

    def stop(self) -> None:
        """Watch no more; for the end of the loop."""
        for items in self._slots.values():
            for item in items:
                item.slot = 0
        self._slots.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wind(self) -> None:
        self._timer = self._loop.call_at((self._seen + 1) * self._resolution, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        before, self._seen = self._seen, int(now / self._resolution)
        for slot in range(before + 1, self._seen + 1):
            while items := self._slots.get(slot):
                self._look(next(iter(items)), now)
        self._timer = None
        if self._slots:
            self._wind()

    def _look(self, item: Timed, now: float) -> None:
        self.forget(item)
        try:
            if item.due() <= now:
                item.expire()
            else:
                self.watch(item)
        except Exception:  # whatever is wrong with one of them, the clock goes on for all the others
            log.exception("a deadline could not be kept")
