"""Threads beside Celery's own, for work that waits for strangers: it must not hold up the drain.

What they do must bear being cut off at any point: a process that is stopped waits for them no longer than its
supervisor lets it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from django.db import connections

Lane = int | str
log = logging.getLogger(__name__)


class Claimed(Protocol):
    """Something to do that nobody else does meanwhile. `lane` says whose slowness it may have to bear."""

    @property
    def lane(self) -> Lane: ...


Claim = TypeVar("Claim", bound=Claimed)
Claiming = Callable[[int, Collection[Lane]], Sequence[Claim]]
"""Claims so many that are due, and none of these lanes."""


class Errands:
    """Up to `most` of one kind at a time, and three quarters in one lane: no stranger holds up all others."""

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, name)
        self._free = most
        self._most_in_lane = most - most // 4
        self._under_way: Counter[Lane] = Counter()
        self._is_over = False
        self._lock = threading.Lock()

    def take_up(self, claim: Claiming[Claim], run: Callable[[Claim], None]) -> None:
        """Claim what is due as long as there are free threads, and run each in one of them.

        A thread that is done claims the next by itself: the clock looks in only now and then.
        """
        with self._lock:
            while self._free and (one := self._next(claim)):
                self._free -= 1
                self._pool.submit(self._work, claim, run, one)

    def stop(self) -> None:
        """Claim nothing more: the process is to end when what was claimed is done."""
        self._is_over = True

    def _next(self, claim: Claiming[Claim]) -> Claim | None:
        crowded = [lane for lane, count in self._under_way.items() if count >= self._most_in_lane]
        for one in () if self._is_over else claim(1, crowded):
            self._under_way[one.lane] += 1
            return one
        return None

    def _work(self, claim: Claiming[Claim], run: Callable[[Claim], None], first: Claim) -> None:
        one: Claim | None = first
        try:
            while one:
                self._run(run, one)
                with self._lock:
                    self._under_way -= Counter([one.lane])
                    one = self._next(claim)
        except Exception:  # what is due is claimed by the clock, when it can be
            log.exception("nothing more could be claimed")
        finally:
            with self._lock:
                self._free += 1
            connections.close_all()  # a thread that rests would keep its own for ever

    def _run(self, run: Callable[[Claim], None], one: Claim) -> None:
        try:
            run(one)
        except Exception:  # nobody waits for it: what it claimed is found again when its lease is over
            log.exception("an errand failed: %s", one)
