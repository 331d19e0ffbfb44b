"""Clients that cost little: calls of every kind, as fast as they are answered or at a given rate."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from proxyapp.upstream.fast import FastLane
from proxyapp.upstream.lane import Outgoing, Timeouts, UpstreamError
from tests.bench import bodies
from tests.faults.load import Answers

_TICK = 0.01
_MOST_OPEN = 1_000  # calls at a time: where answers do not come, callers do not pile up
_PATIENCE = Timeouts(connect=5, first_byte=60, idle=60, total=120)


@dataclass(frozen=True)
class Kind:
    """A sort of call: its path and body, and whether its caller hangs up after the first bytes."""

    path: str
    body: bytes
    ending: bytes  # of a whole answer
    leaves: bool = False


def _kind(protocol: str, size: int, chunks: int | None = None, *, leaves: bool = False) -> Kind:
    ending = b"}"
    if chunks is not None:
        ending = b"data: [DONE]\n\n" if protocol == "chat" else b'data: {"type":"message_stop"}\n\n'
    body = bodies.body(protocol, size, chunks=chunks, pause_ms=50)
    return Kind(bodies.PATHS[protocol], body, ending, leaves)


KINDS = {
    _kind("chat", 2_000): 60,
    _kind("messages", 2_000): 20,
    _kind("chat", 110_000): 2,
    _kind("chat", 400, 20): 8,
    _kind("messages", 400, 20): 8,
    _kind("messages", 400, 20, leaves=True): 2,
}
"""How often of a hundred calls. Streams take a second."""


class Callers:
    """All calls over one pool of connections; `answers` says what came of them."""

    def __init__(self, base_url: str, key: str, seed: int) -> None:
        self.answers = Answers()
        self.left = 0
        self._base_url = base_url
        self._headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]
        self._random = random.Random(seed)
        self._open: set[asyncio.Task[None]] = set()

    async def capacity(self, seconds: float, clients: int = 500) -> float:
        """Calls a second, `clients` calling one after the other: what this machine can carry."""
        self._lane = FastLane(per_origin=_MOST_OPEN)
        loop = asyncio.get_running_loop()
        before, until = len(self.answers.answered), loop.time() + seconds

        async def client() -> None:
            while loop.time() < until:
                await self._call(self._drawn())

        await asyncio.gather(*(client() for _ in range(clients)))
        await self._lane.aclose()
        return (len(self.answers.answered) - before) / seconds

    async def steadily(self, rate: float, goes_on: Callable[[], bool]) -> None:
        """`rate` calls a second, however long each takes."""
        self._lane = FastLane(per_origin=_MOST_OPEN)
        loop = asyncio.get_running_loop()
        began, made = loop.time(), 0
        while goes_on():
            due = int((loop.time() - began) * rate)
            for _ in range(due - made):
                if len(self._open) < _MOST_OPEN:
                    task = asyncio.create_task(self._call(self._drawn()))
                    self._open.add(task)
                    task.add_done_callback(self._open.discard)
            made = due
            await asyncio.sleep(_TICK)
        await asyncio.gather(*self._open)
        await self._lane.aclose()

    def told(self) -> Counter[str]:
        """What clients were told, for people to read."""
        refused = {f"refused with {status}": count for status, count in self.answers.refused.items()}
        whole = {"answered": len(self.answers.answered), "broken off": self.answers.broken, "left": self.left}
        return Counter(whole | refused)

    def _drawn(self) -> Kind:
        return self._random.choices(list(KINDS), list(KINDS.values()))[0]

    async def _call(self, kind: Kind) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        request = Outgoing(b"POST", self._base_url + kind.path, self._headers, kind.body, allow_private=True)
        try:
            answer = await self._lane.open(request, _PATIENCE)
            headers = dict(answer.headers)
            if kind.leaves:
                await answer.read()
                answer.close()
                self.left += 1
                return
            body = await answer.read_all(1 << 20)
            answer.close()
        except UpstreamError:
            self.answers.broken += 1
            await asyncio.sleep(0.1)
            return
        self.answers.slowest = max(self.answers.slowest, loop.time() - began)
        if answer.status != 200:
            assert headers[b"retry-after"], body
            self.answers.refused[answer.status] = self.answers.refused.get(answer.status, 0) + 1
            await asyncio.sleep(0.1)
        elif body.endswith(kind.ending):
            self.answers.answered.append(headers[b"x-trace-id"].decode())
        else:
            self.answers.broken += 1
