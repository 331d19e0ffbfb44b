"""Threads beside Celery's own, for work that waits for strangers: it must not hold up the drain.

What they do must bear being cut off at any point: a process that is stopped waits for them no longer than its
supervisor lets it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Claim = TypeVar("Claim")
log = logging.getLogger(__name__)


class Errands:
    """Up to `most` of one kind at a time."""

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, name)
        self._free = most
        self._is_over = False
        self._lock = threading.Lock()

    def take_up(self, claim: Callable[[int], Sequence[Claim]], run: Callable[[Claim], None]) -> None:
        """Claim as many as there are free threads, and run each in one of them.

        A thread goes on for as long as there is anything to claim: the clock looks in only now and then.
        """
        with self._lock:
            claimed = claim(self._free) if self._free and not self._is_over else ()
            self._free -= len(claimed)
        for one in claimed:
            self._pool.submit(self._work, claim, run, one)

    def stop(self) -> None:
        """Claim nothing more: the process is to end when what was claimed is done."""
        self._is_over = True

    def _work(
        self, claim: Callable[[int], Sequence[Claim]], run: Callable[[Claim], None], first: Claim
    ) -> None:
        claimed: Sequence[Claim] = (first,)
        try:
            while claimed:
                self._run(run, claimed[0])
                claimed = () if self._is_over else claim(1)
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
