"""Watching a Gemini stream that is one JSON array, which is what comes without `alt=sse`."""

import re
from collections.abc import Iterator

from proxyapp.protocols.gemini.stream import ContentWatch
from proxyapp.protocols.sse import MAX_IMAGE_EVENT

_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')


class Elements:
    """Cuts a JSON array into its elements as bytes arrive. Any chunking gives the same elements.

    An element larger than `limit` sets `overflown`; then nothing is held or cut any more. One object
    without an array round it is an element too.
    """

    def __init__(self, limit: int = MAX_IMAGE_EVENT) -> None:
        self.overflown = False
        self._limit = limit
        self._depth = 0
        self._floor = 1  # the depth between elements
        self._in_string = False
        self._escaped = False
        self._held: list[bytes] = []
        self._size = 0

    @property
    def between(self) -> bool:
        """Whether the bytes so far end outside of every element."""
        return not (self.overflown or self._in_string) and self._depth <= self._floor

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they came; the elements they complete."""
        elements = []
        begin = 0
        for mark in self._brackets(data):
            if mark[0] in b"{[":
                self._open(mark[0])
                if self._depth == self._floor + 1:
                    begin = mark.start()
            else:
                self._depth -= 1
                if self._depth == self._floor:
                    self._hold(data[begin : mark.end()])
                    elements.append(b"".join(self._held))
                    self._held, self._size = [], 0
            if self.overflown:
                return elements[:-1]
        if self._depth > self._floor:
            self._hold(data[begin:])
        return elements

    def _brackets(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """The brackets outside strings."""
        position = 0
        while position < len(data) and not self.overflown:
            if self._escaped:
                self._escaped = False
                position += 1
                continue
            mark = (_INSIDE if self._in_string else _OUTSIDE).search(data, position)
            if mark is None:
                return
            position = mark.end()
            if mark[0] == b"\\":
                self._escaped = True
            elif mark[0] == b'"':
                self._in_string = not self._in_string
            else:
                yield mark

    def _open(self, bracket: bytes) -> None:
        if self._depth == 0 and bracket == b"{":
            self._floor = 0
        self._depth += 1

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self.overflown = True
            self._held.clear()
        else:
            self._held.append(piece)


class ContentArray(ContentWatch):
    """A stream whose chunks are the elements of an array."""

    def __init__(self, answers: int = 1) -> None:
        super().__init__(answers)
        self._elements = Elements()

    @property
    def between(self) -> bool:
        return self._elements.between

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they came; give them back."""
        if not self._elements.overflown:
            for element in self._elements.feed(data):
                self.take_chunk(element)
            if self._elements.overflown:
                self.fail("The upstream sent a chunk too large to be read.")
        return data

    def end(self) -> bytes:
        """The stream has ended."""
        self.ended_in_order()
        return b""
