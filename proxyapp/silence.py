"""Fills the silence of a stream, from the dialling to its last event.

A stream is looked at a few times in the span after which it is filled; a chunk that passes costs no more than
two stores of a number. Where there is no output in time, the headers go out with 200 and the first filler:
targets are still tried then, and a failure is told in the stream.
"""

import asyncio
import logging
from collections.abc import Callable
from math import inf

from proxyapp.http import Header, Reply
from proxyapp.metering import Meter
from proxyapp.protocols.base import Reading
from proxyapp.protocols.filling import filler
from proxyapp.upstream.deadlines import Deadlines

_LONGEST_TICK = 5.0
log = logging.getLogger(__name__)


class Silence:
    """For `with`, around one streamed call. Set `reading` once what it has read is what was passed on."""

    __slots__ = ("_clock", "_filler", "_look_at", "_loop", "_meter", "_notes", "_reply", "reading", "slot")

    def __init__(self, clock: "Clock", reply: Reply, meter: Meter, notes: Callable[[], list[Header]]) -> None:
        self.slot = 0
        self.reading: Reading | None = None
        self._clock = clock
        self._loop = clock.loop
        self._reply = reply
        self._meter = meter
        self._notes = notes
        self._filler = filler(meter.call)
        self._look_at = inf

    def __enter__(self) -> "Silence":
        if self._filler is not None and self._meter.call.stream:
            self._reply.quiet_since = now = self._loop.time()
            self._look_again(now)
        return self

    def __exit__(self, *_: object) -> None:
        self._clock.deadlines.forget(self)

    def due(self) -> float:
        return self._look_at

    def expire(self) -> None:
        """Look at it; fill where it has been silent for long enough, between two events."""
        now, reply = self._loop.time(), self._reply
        if not reply.quiet_since:
            reply.quiet_since = now
        elif now - reply.quiet_since >= self._clock.seconds and self._is_between():
            self._fill()
        self._look_again(now)

    def _is_between(self) -> bool:
        return self.reading is None or self.reading.between

    def _fill(self) -> None:
        """Whatever is wrong with one stream, the others are still to be looked at."""
        try:
            self._fill_now()
        except Exception:
            log.exception("the silence of call %s could not be filled", self._meter.call_id)

    def _fill_now(self) -> None:
        reply, made = self._reply, self._filler
        assert made is not None
        if not reply.started:
            headers = [(b"content-type", made.content_type), (b"cache-control", b"no-cache"), *self._notes()]
            if not reply.start_now(200, headers):
                return
            self._meter.opened_early = True
        if reply.part_now(made.first if self.reading is None else made.between):
            reply.quiet_since = 0.0

    def _look_again(self, now: float) -> None:
        self._look_at = now + self._clock.tick
        self._clock.deadlines.watch(self)


class Clock:
    """One for all streams of a process; to be made in the loop that serves."""

    def __init__(self, seconds: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.seconds = seconds
        self.tick = min(_LONGEST_TICK, seconds / 4)
        self.deadlines = Deadlines()
