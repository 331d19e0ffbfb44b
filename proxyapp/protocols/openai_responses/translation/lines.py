"""The events of a stream, numbered."""

from typing import Any

import msgspec

_encode = msgspec.json.encode


class Lines:
    """What is to be sent next. Every event has a number, one more than the last."""

    __slots__ = ("_number", "_said")

    def __init__(self) -> None:
        self._number = 0
        self._said: list[bytes] = []

    def say(self, kind: str, **members: Any) -> None:
        """One event."""
        event = {"type": kind, "sequence_number": self._number, **members}
        self._said.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), _encode(event)))
        self._number += 1

    def say_delta(self, head: bytes, text: str) -> None:
        """The usual event, of which `delta_head` has prepared all but the text and the number."""
        self._said.append(b'%b%b,"sequence_number":%d}\n\n' % (head, _encode(text), self._number))
        self._number += 1

    def give(self) -> bytes:
        """What has been said since the last time."""
        said = b"".join(self._said)
        self._said.clear()
        return said


def delta_head(kind: str, **members: Any) -> bytes:
    """The beginning of all events that add to one text."""
    event = _encode({"type": kind, **members})
    return b'event: %b\ndata: %b,"delta":' % (kind.encode(), event[:-1])
