"""A stream as the list of byte strings that are sent one by one."""

from collections.abc import Iterator

import msgspec

encode = msgspec.json.encode


def pieces(text: str, count: int) -> Iterator[str]:
    """``text`` in ``count`` nearly equal pieces, none of them empty (so fewer where the text is shorter)."""
    size = len(text)
    count = min(count, size)
    for number in range(count):
        yield text[number * size // count : (number + 1) * size // count]


def event(name: str, data: object) -> bytes:
    """One server-sent event with a name, as Anthropic and OpenAI Responses write it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode(data))


class Chunks:
    """Builds ``[opening, content, content, …, closing]``.

    Only content chunks carry something of the answer (text, thinking, arguments); they are what the
    script's ``cut``, ``hang`` and ``errorat`` count. Frames in between travel with the next chunk.
    """

    def __init__(self, opening: bytes) -> None:
        self._sent = [opening]
        self._waiting = b""

    def frame(self, frame: bytes) -> None:
        self._waiting += frame

    def content(self, frame: bytes) -> None:
        self._sent.append(self._waiting + frame)
        self._waiting = b""

    def close(self, frame: bytes) -> list[bytes]:
        return [*self._sent, self._waiting + frame]
