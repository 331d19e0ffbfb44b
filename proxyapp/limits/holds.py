"""What one gateway process answers for: calls in flight, settlements owed, events not yet in PostgreSQL.

A call goes from open to owed to retained, and is forgotten when the drain says that PostgreSQL has it. So
whatever Redis may lose meanwhile, somebody still knows it.
"""

import time
from collections import OrderedDict

from proxyapp.limits import names
from proxyapp.snapshot import KeyFacts

MOST_RETAINED = 100_000
_SOUGHT = 3.0


class Hold:
    """One reservation. `ended` is what it came to (charged, event) once it is over."""

    __slots__ = (
        "_sought_until",
        "amount",
        "call_id",
        "confirmed",
        "ended",
        "ending",
        "event",
        "member",
        "name",
        "names",
    )

    def __init__(self, key: KeyFacts, call_id: str, amount: int, event: bytes) -> None:
        self.names = names.of_key(key.organization_id, key.key_id)
        self.name = self.names.hold + call_id
        self.member = self.names.member + call_id
        self.call_id = call_id
        self.amount = amount
        self.event = event  # to book should this process die
        self.confirmed = False  # Redis has said that it was made
        self.ended: tuple[int, bytes] | None = None
        self.ending = False  # somebody is telling Redis so
        self._sought_until = 0.0

    def is_given_up(self) -> bool:
        """Asked when it was not found: only after a while of that it never was. A reservation whose
        connection was given up may still lie unread before Redis, behind what a newer connection says.
        """
        now = time.monotonic()
        self._sought_until = self._sought_until or now + _SOUGHT
        return now >= self._sought_until


class Retained:
    """Settled events by their id in the stream, oldest first, until the drain has passed that id."""

    def __init__(self) -> None:
        self._events: OrderedDict[bytes, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._events)

    def add(self, stream_id: bytes, event: bytes) -> None:
        self._events[stream_id] = event
        if len(self._events) > MOST_RETAINED:  # a drain that stands still must not fill our memory
            self._events.popitem(last=False)

    def forget(self, drained: bytes) -> None:
        """PostgreSQL has everything up to this id."""
        mark = _position(drained)
        while self._events:
            first = next(iter(self._events))
            if _position(first) > mark:
                return
            del self._events[first]

    def entries(self) -> list[tuple[bytes, bytes]]:
        """All of them, to be told again; each that was is to be renamed."""
        return list(self._events.items())

    def rename(self, before: bytes, now: bytes) -> None:
        """What was told again lies further down the stream."""
        if event := self._events.pop(before, None):
            self._events[now] = event


def _position(stream_id: bytes) -> tuple[int, int]:
    milliseconds, _, number = stream_id.partition(b"-")
    return int(milliseconds), int(number or 0)
