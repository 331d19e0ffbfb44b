"""The memory of one process over time, and how fast it grows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from statistics import median

from tests.bench.machine import memory_kb

_EVERY = 5.0


class Memory:
    """Samples of a process: seconds since the beginning, and kB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began = time.monotonic()
        self.seconds: list[float] = []
        self.kb: list[float] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=[over])
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def growth_mb_per_hour(self, after: float) -> float:
        """The median of the slopes between any two samples later than `after` seconds (Theil and Sen): one
        step up, as with the worst burst so far, is no growth; many of them are.
        """
        late = [(at, kb) for at, kb in zip(self.seconds, self.kb, strict=True) if at > after]
        slopes = [(kb - kb_0) / (at - at_0) for (at_0, kb_0), (at, kb) in combinations(late, 2)]
        return median(slopes) * 3600 / 1024

    def step_mb(self, after: float) -> float:
        """How much higher it stands at the end than it did at `after` seconds."""
        first = next(kb for at, kb in zip(self.seconds, self.kb, strict=True) if at > after)
        return (self.kb[-1] - first) / 1024

    def by_minute(self) -> list[float]:
        """MB at the end of each minute."""
        minutes: dict[int, float] = {}
        for at, kb in zip(self.seconds, self.kb, strict=True):
            minutes[int(at // 60)] = round(kb / 1024, 1)
        return list(minutes.values())

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(_EVERY):
            self.seconds.append(self.now())
            self.kb.append(memory_kb([self._pid]))
