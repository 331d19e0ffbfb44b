"""The memory of one process over time, and how fast it grows."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import linear_regression

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
        """By least squares over what was seen later than `after` seconds."""
        late = [(at, kb) for at, kb in zip(self.seconds, self.kb, strict=True) if at > after]
        slope = linear_regression([at for at, _ in late], [kb for _, kb in late]).slope
        return slope * 3600 / 1024

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
