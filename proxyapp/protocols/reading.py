"""What the readings of all protocols share: watching a stream event by event, or one JSON document.

The usual chunk of a stream is one event that differs from the last one only in a piece of text. So a
reading remembers the bytes before and after the text of such an event once it has been decoded, and where
a chunk has the same, only the length between them is added. Everything else is decoded. Both count alike:
`output_bytes` are the UTF-8 bytes of text, reasoning, refusals and tool arguments, not of names, ids,
signatures or media.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import BROKEN, Lie, fuller
from proxyapp.protocols.sse import MAX_EVENT, Events, payload_of
from proxyapp.usage import TokenUsage

MAX_DOCUMENT = 1 << 26
"""Bytes of a JSON answer above which it is not read any more."""

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_special = re.compile(rb'["\\\x00-\x1f]').search  # what a JSON string cannot hold as it is


class Watch:
    """The face of every reading, before anything has been seen."""

    def __init__(self) -> None:
        self.usage: TokenUsage | None = None
        self.output_bytes = 0
        self.started = False
        self.finished = False
        self.failure = ""
        self._lied = False

    @property
    def between(self) -> bool:
        """Whether what has been passed on ends with a whole event; a document has none."""
        return False

    def believe(self, read: Callable[[Any], TokenUsage | None], report: Any) -> None:
        """Take a usage report. After one that cannot be true, none of this answer is believed."""
        try:
            usage = read(report)
        except Lie:
            self._lied, self.usage = True, None
        else:
            if usage is not None and not self._lied:
                self.usage = fuller(self.usage, usage)

    def fail(self, message: str) -> None:
        """Note a failure; the first one is kept."""
        self.failure = self.failure or message


class StreamReading(Watch):
    """Watches server-sent events pass. A protocol says in `take` what an event means."""

    limit = MAX_EVENT

    def __init__(self) -> None:
        super().__init__()
        self.lesson = b""  # set by `take`: the only thing new in this event is this JSON string
        self._events = Events(self.limit)
        self._forget()

    @property
    def between(self) -> bool:
        return not (self._events.waiting or self._events.overflown)

    def take(self, payload: bytes) -> None:
        """Note what one event says."""
        raise NotImplementedError

    def close(self) -> None:
        """Note that the stream ended in order."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they came; give back the bytes to pass on."""
        if (
            len(data) >= self._shortest
            and data[: self._head_ends] == self._head
            and data[self._tail_starts :] == self._tail
            and not self._events.waiting
        ):
            text = data[self._head_ends : self._tail_starts]
            if not _special(text):
                self.output_bytes += len(text)
                return data
        return self.look(data)

    def look(self, data: bytes) -> bytes:
        """Read every event in `data`; give back the bytes to pass on."""
        unbroken = not self._events.waiting
        events = self._events.feed(data)
        for lines in events:
            self.read_event(lines)
        if self._events.overflown:
            self.give_up()
            self._events.drain()
        elif self.lesson and unbroken and len(events) == 1 and not self._events.waiting:
            self.learn(data)
        return data

    def read_event(self, lines: list[bytes]) -> None:
        """Let `take` see the event, if it has data."""
        self.lesson = b""
        if payload := payload_of(lines):
            self.take(payload)

    def give_up(self) -> None:
        """Note that an event was too large to be read."""
        self.fail("The upstream sent an event too large to be read.")
        self._forget()

    def learn(self, event: bytes) -> None:
        """Remember what is around the text of this event, if its place is beyond doubt."""
        if len(self.lesson) > 2 and b"\\" not in self.lesson and event.count(self.lesson) == 1:
            start = event.find(self.lesson)
            self._surround(event[: start + 1], event[start + len(self.lesson) - 1 :])

    def _surround(self, head: bytes, tail: bytes) -> None:
        self._head, self._tail = head, tail
        self._head_ends, self._tail_starts = len(head), -len(tail)
        self._shortest = len(head) + len(tail)

    def _forget(self) -> None:
        self._surround(b"", b"")
        self._shortest = sys.maxsize  # nothing is as long

    def end(self) -> bytes:
        """The stream has ended; an event without its blank line still counts."""
        self.read_event(self._events.drain().split(b"\n"))
        self.close()
        return b""


class DocumentReading(Watch):
    """Watches one JSON document pass. A protocol says in `take` what it means."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._size = 0

    def take(self, document: bytes) -> None:
        """Note what the whole document says."""
        raise NotImplementedError

    def feed(self, data: bytes) -> bytes:
        """Keep a reference to the bytes until the end."""
        self._size += len(data)
        if self._size <= MAX_DOCUMENT:
            self._pieces.append(data)
        else:
            self._pieces.clear()
        return data

    def end(self) -> bytes:
        """Read the document; an unreadable one is a failure, not the end of an answer."""
        if self._size > MAX_DOCUMENT:
            self.fail("The upstream sent an answer too large to be read.")
        else:
            self.take(b"".join(self._pieces))
        self._pieces.clear()
        return b""

    def unreadable(self) -> None:
        """Note that the document is not JSON of the expected shape."""
        self.fail("The upstream sent an answer that cannot be read.")


class PlainDocument(DocumentReading):
    """Any JSON object, of which nothing matters but that it is one, unless `note` is told to look."""

    def take(self, document: bytes) -> None:
        try:
            self.note(_members(document))
        except BROKEN:
            self.unreadable()
            return
        self.started = self.finished = True

    def note(self, members: dict[str, Raw]) -> None:
        """Note what its members say."""
