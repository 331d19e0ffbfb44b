"""Faults at random, one after the other, each followed by calm."""

import random
import time
from collections import Counter
from collections.abc import Callable

import redis

from portal.embedded import environment
from portal.embedded.layout import DataDirectory
from tests.faults.processes import freeze, kill, ready
from tests.support.stack import Stack
from tests.support.waiting import eventually

SPARED = "web-2"
"""The worker whose memory is watched: it lives from the beginning to the end."""

_KILLED = ("web-1", "worker", "beat", "valkey", "postgres")
_FROZEN = ("web-1", "worker", "beat", "valkey", "postgres", "supervisor")
_CALM = (10.0, 30.0)
_FROZEN_FOR = (1.0, 5.0)


class Weather:
    """Faults that happen to a stack; `seen` counts them."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.seen: Counter[str] = Counter()
        self._stack = stack
        self._random = random.Random(seed)

    def show_everything(self) -> None:
        """Every fault once, at its longest: after that, memory has seen the worst."""
        for name, fault in self._faults(_FROZEN_FOR[1]):
            self._happen(name, fault)
            time.sleep(_CALM[0] / 2)

    def blow(self, until: float) -> None:
        """A fault at random every so often. Blocks until then (monotonic seconds)."""
        while time.monotonic() + _CALM[1] < until:
            time.sleep(self._random.uniform(*_CALM))
            self._happen(*self._random.choice(self._faults(self._random.uniform(*_FROZEN_FOR))))
        time.sleep(max(0.0, until - time.monotonic()))

    def _happen(self, name: str, fault: Callable[[], object]) -> None:
        """The stack is ready again at the end."""
        self.seen[name] += 1
        fault()
        eventually(lambda: ready(self._stack), seconds=60)

    def _faults(self, seconds: float) -> list[tuple[str, Callable[[], object]]]:
        return [
            ("Redis flushed", self._flush),
            *((f"{name} killed", lambda name=name: kill(self._stack, name)) for name in _KILLED),
            *((f"{name} frozen", lambda name=name: freeze(self._stack, name, seconds)) for name in _FROZEN),
        ]

    def _flush(self) -> None:
        url = environment.redis_url(DataDirectory.at(self._stack.data))
        with redis.Redis.from_url(url) as client:
            client.flushall()
