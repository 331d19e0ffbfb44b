"""Readings of answers that are translated on their way: what is read is metered as it came, what is passed on
is in the client's protocol.
"""

import msgspec

from proxyapp.protocols.base import Reading
from proxyapp.protocols.canonical import Answer, Ended, Event, Opened, ToolUse
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.translator import Frame, StreamReader, StreamWriter, Translator
from proxyapp.usage import TokenUsage


class _Translated:
    """All that is seen is what the reading in the provider's protocol sees."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._failure = ""

    @property
    def usage(self) -> TokenUsage | None:
        return self._reading.usage

    @property
    def output_bytes(self) -> int:
        return self._reading.output_bytes

    @property
    def started(self) -> bool:
        return self._reading.started

    @property
    def finished(self) -> bool:
        return self._reading.finished

    @property
    def between(self) -> bool:
        """What is written is whole events only."""
        return True

    @property
    def failure(self) -> str:
        return self._failure or self._reading.failure


class TranslatedStream(_Translated):
    """Event by event. What stands behind the provider's last event is written when its stream ends.

    `names` are the tools that the provider knows by another name than the client.
    """

    def __init__(
        self, reading: Reading, reader: StreamReader, writer: StreamWriter, names: dict[str, str]
    ) -> None:
        super().__init__(reading)
        self._reader = reader
        self._writer = writer
        self._names = names

    def feed(self, data: bytes) -> bytes:
        self._reading.feed(data)
        events = self._reader.feed(data)
        if self._reading.failure:  # its end is an error, whatever else the provider still says
            events = [event for event in events if not isinstance(event, Ended)]
        return self._write(events)

    def end(self) -> bytes:
        self._reading.end()
        if self._reading.failure:
            return b""  # the end of an answer that failed is an error, which is not ours to write
        return self._write(self._reader.end())

    def _write(self, events: list[Event]) -> bytes:
        if self._names:
            events = [_renamed_opening(event, self._names) for event in events]
        return self._writer.write(events)


class TranslatedDocument(_Translated):
    """At the end, as a whole; `names` as for streams."""

    def __init__(
        self, reading: Reading, theirs: Translator, ours: Translator, frame: Frame, names: dict[str, str]
    ) -> None:
        super().__init__(reading)
        self._names = names
        self._theirs = theirs
        self._ours = ours
        self._frame = frame
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        self._pieces.append(self._reading.feed(data))
        return b""

    def end(self) -> bytes:
        self._pieces.append(self._reading.end())
        if self.failure:
            return b""
        try:
            answer = self._theirs.read_answer(b"".join(self._pieces))
        except BROKEN:
            self._failure = "The upstream sent an answer that cannot be read."
            return b""
        return self._ours.write_answer(_renamed(answer, self._names) if self._names else answer, self._frame)


def _renamed(answer: Answer, names: dict[str, str]) -> Answer:
    for part in answer.parts:
        if isinstance(part, ToolUse):
            part.name = names.get(part.name, part.name)
    return answer


def _renamed_opening(event: Event, names: dict[str, str]) -> Event:
    if not (isinstance(event, Opened) and isinstance(event.part, ToolUse) and event.part.name in names):
        return event
    return Opened(event.index, msgspec.structs.replace(event.part, name=names[event.part.name]))
