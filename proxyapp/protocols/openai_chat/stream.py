"""Watching chat answers."""

from msgspec import Raw

from proxyapp.protocols.counting import BROKEN, text_size
from proxyapp.protocols.openai_chat.answer import Chunk, Message, decode, read_usage
from proxyapp.protocols.reading import DocumentReading, StreamReading, Watch
from proxyapp.protocols.sse import MAX_IMAGE_EVENT, raw_event
from proxyapp.protocols.words import failure_words


class ChatWatch(Watch):
    """What stream and document have in common."""

    def note(self, chunk: Chunk) -> None:
        """Note usage and errors."""
        if chunk.error is not None:
            self.fail(failure_words(chunk.error))
        if chunk.usage is not None:
            self.believe(read_usage, chunk.usage)
        for choice in chunk.choices or ():
            if choice.usage is not None:
                self.believe(read_usage, choice.usage)

    def count_old(self, raw: Raw) -> bytes:
        """Count the text of an old completion; the text itself as JSON."""
        size = text_size(raw)
        self.output_bytes += size
        self.started = self.started or size > 0
        return bytes(raw) if size else b""

    def count_texts(self, message: Message) -> bytes:
        """Count what was generated; the text itself as JSON, if it is one alone, else nothing."""
        texts = (
            (message.content,) if message.is_plain() else [raw for raw in message.texts() if text_size(raw)]
        )
        size = sum(map(text_size, texts))
        self.output_bytes += size
        if size or message.does_more():
            self.started = True
        return bytes(texts[0]) if size and len(texts) == 1 else b""


class ChatStream(ChatWatch, StreamReading):
    """A stream of chunks. It is finished at `[DONE]`, or when it ends after a finish reason."""

    limit = MAX_IMAGE_EVENT
    usage_only = False  # the last chunk had nothing but usage
    _closing = False

    def take(self, payload: bytes) -> None:
        self.usage_only = False
        if len(payload) < 16 and payload.strip() == b"[DONE]":
            self.finished = True
            return
        try:
            chunk = decode(payload)
        except BROKEN:
            return
        choices = chunk.choices or []
        text = b""
        for choice in choices:
            if choice.delta is not None:
                text = self.count_texts(choice.delta)
            elif choice.text:
                text = self.count_old(choice.text)
            if choice.finish_reason:  # some providers send an empty one with every chunk
                self._closing = True
        self.note(chunk)
        plain = len(choices) == 1 and chunk.usage is None and chunk.error is None
        if plain and not choices[0].finish_reason and choices[0].usage is None:
            self.lesson = text
        self.usage_only = not choices and chunk.usage is not None and chunk.error is None

    def close(self) -> None:
        self.finished = self.finished or self._closing


class HidingChatStream(ChatStream):
    """The same for a client that did not ask for the usage chunk: that chunk alone is not passed on.

    So an event is held back until it is whole; everything but the hidden chunk is passed on byte for byte.
    """

    @property
    def between(self) -> bool:
        return not self._events.overflown  # only whole events are passed on

    def look(self, data: bytes) -> bytes:
        if self._events.overflown:
            return data
        unbroken = not self._events.waiting
        events = self._events.feed(data)
        passed = []
        for lines in events:
            self.read_event(lines)
            if not self.usage_only:
                passed.append(raw_event(lines))
        if self._events.overflown:
            self.give_up()
            passed.append(self._events.drain())
        elif self.lesson and unbroken and len(events) == 1 and not self._events.waiting:
            self.learn(data)
        return b"".join(passed)

    def read_event(self, lines: list[bytes]) -> None:
        self.usage_only = False
        super().read_event(lines)

    def end(self) -> bytes:
        held = self._events.drain()
        self.read_event(held.split(b"\n"))
        self.close()
        return b"" if self.usage_only else held


class ChatDocument(ChatWatch, DocumentReading):
    """A whole answer. It is finished once it could be read."""

    def take(self, document: bytes) -> None:
        try:
            answer = decode(document)
        except BROKEN:
            self.unreadable()
            return
        for choice in answer.choices or ():
            if choice.message is not None:
                self.count_texts(choice.message)
            self.count_old(choice.text)
        self.note(answer)
        self.started = self.finished = True
