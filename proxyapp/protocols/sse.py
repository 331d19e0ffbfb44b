"""Server-sent events (WHATWG HTML, 9.2): cut a byte stream into events, and write them."""

from typing import Any

import msgspec

MAX_EVENT = 1 << 20
"""Bytes of one event that are held while its end is awaited."""

MAX_IMAGE_EVENT = 1 << 24
"""The same where one event may hold a whole image."""


class Events:
    """Cuts a stream at blank lines. Any chunking gives the same events; LF and CRLF are understood.

    A lone CR does not end a line here: no provider writes it. An event is the list of its lines without
    their LF, the blank one that ends it included. One larger than `limit` sets `overflown`, after
    which nothing is held or cut any more.
    """

    __slots__ = ("_limit", "_lines", "_rest", "overflown", "waiting")

    def __init__(self, limit: int = MAX_EVENT) -> None:
        self.waiting = 0  # bytes held
        self.overflown = False
        self._limit = limit
        self._lines: list[bytes] = []  # whole lines of the event that has begun
        self._rest: list[bytes] = []  # pieces of the line that has begun

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Take bytes as they came; the events they complete."""
        if self.overflown:
            return []
        whole = data.split(b"\n")
        rest = whole.pop()
        if whole and self._rest:
            whole[0] = b"".join(self._rest) + whole[0]
            self._rest.clear()
        if rest:
            self._rest.append(rest)
        events = self._cut(whole)
        at_most = self.waiting + len(data)
        if events:
            self.waiting = sum(map(len, self._lines)) + len(self._lines) + len(rest)
        else:
            self.waiting = at_most
        return events if at_most <= self._limit else self._within_limit(events)

    def _cut(self, lines: list[bytes]) -> list[list[bytes]]:
        events = []
        for line in lines:
            self._lines.append(line)
            if not line or line == b"\r":
                events.append(self._lines)
                self._lines = []
        return events

    def _within_limit(self, events: list[list[bytes]]) -> list[list[bytes]]:
        """The events before the first that is too large; that one and all after it are held for `drain`."""
        for index, event in enumerate(events):
            if sum(map(len, event)) + len(event) > self._limit:
                self.overflown = True
                self._lines = [line for later in events[index:] for line in later] + self._lines
                return events[:index]
        self.overflown = self.waiting > self._limit
        return events

    def drain(self) -> bytes:
        """Give up what is held: the beginning of an event, or all that has overflown."""
        held = b"".join([line + b"\n" for line in self._lines]) + b"".join(self._rest)
        self._lines, self._rest, self.waiting = [], [], 0
        return held


def raw_event(lines: list[bytes]) -> bytes:
    """The bytes of an event, as they came."""
    return b"\n".join(lines) + b"\n"


def payload_of(lines: list[bytes]) -> bytes:
    """The data of an event; empty where it has none. Blanks around it are left: JSON does not mind them."""
    data = [line[5:] for line in lines if line[:5] == b"data:"]
    return data[0] if len(data) == 1 else b"\n".join(data)


def write_event(data: Any, *, name: str = "", newline: bytes = b"\n") -> bytes:
    """One event holding `data` as JSON."""
    head = b"event: " + name.encode() + newline if name else b""
    return head + b"data: " + msgspec.json.encode(data) + newline * 2
