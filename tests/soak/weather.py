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


class Weather:
    """`until` the end a fault every so often; `seen` counts them."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.seen: Counter[str] = Counter()
        self._stack = stack
        self._random = random.Random(seed)

    def blow(self, until: float) -> None:
        """Blocks until then (monotonic seconds); the stack is ready again at the end."""
        while time.monotonic() + _CALM[1] < until:
            time.sleep(self._random.uniform(*_CALM))
            name, fault = self._random.choice(self._faults())
            self.seen[name] += 1
            fault()
            eventually(lambda: ready(self._stack), seconds=60)
        time.sleep(max(0.0, until - time.monotonic()))

    def _faults(self) -> list[tuple[str, Callable[[], object]]]:
        seconds = self._random.uniform(1, 5)
        return [
            ("Redis flushed", self._flush),
            *((f"{name} killed", lambda name=name: kill(self._stack, name)) for name in _KILLED),
            *((f"{name} frozen", lambda name=name: freeze(self._stack, name, seconds)) for name in _FROZEN),
        ]

    def _flush(self) -> None:
        url = environment.redis_url(DataDirectory.at(self._stack.data))
        with redis.Redis.from_url(url) as client:
            client.flushall()
