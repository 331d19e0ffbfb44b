"""Readings of answers that are translated on their way: what is read is metered as it came, what is passed on
is in the client's protocol.
"""

from proxyapp.protocols.base import Reading
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
    def failure(self) -> str:
        return self._failure or self._reading.failure


class TranslatedStream(_Translated):
    """Event by event. What stands behind the provider's last event is written when its stream ends."""

    def __init__(self, reading: Reading, reader: StreamReader, writer: StreamWriter) -> None:
        super().__init__(reading)
        self._reader = reader
        self._writer = writer

    def feed(self, data: bytes) -> bytes:
        self._reading.feed(data)
        return self._writer.write(self._reader.feed(data))

    def end(self) -> bytes:
        self._reading.end()
        if self._reading.failure:
            return b""  # the end of an answer that failed is an error, which is not ours to write
        return self._writer.write(self._reader.end())


class TranslatedDocument(_Translated):
    """At the end, as a whole."""

    def __init__(self, reading: Reading, theirs: Translator, ours: Translator, frame: Frame) -> None:
        super().__init__(reading)
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
        return self._ours.write_answer(answer, self._frame)
