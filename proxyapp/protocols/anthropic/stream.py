"""Watching Messages answers."""

from typing import Any

from proxyapp.protocols.anthropic.answer import Block, Tally, decode_event, decode_message
from proxyapp.protocols.counting import BROKEN, text_size
from proxyapp.protocols.reading import DocumentReading, StreamReading, Watch
from proxyapp.protocols.words import failure_words


class MessageWatch(Watch):
    """What stream and document have in common."""

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally()

    def report(self, reported: Any) -> None:
        """Take a usage report, if there is one."""
        if reported is not None:
            self.believe(self._tally.add, reported)

    def count_texts(self, block: Block) -> bytes:
        """Count what was generated; the text itself as JSON, if it is one alone, else nothing."""
        found = [(size, raw) for raw in block.texts() if (size := text_size(raw))]
        for size, _ in found:
            self.output_bytes += size
        return bytes(found[0][1]) if len(found) == 1 else b""


class MessageStream(MessageWatch, StreamReading):
    """A stream of events. It is finished at `message_stop`."""

    def take(self, payload: bytes) -> None:
        try:
            event = decode_event(payload)
        except BROKEN:
            return
        if event.type == "error" or event.error is not None:
            self.fail(failure_words(event.error))
        elif event.type == "content_block_delta" and event.delta is not None:
            self.started = True
            self.lesson = self.count_texts(event.delta)
        elif event.type == "content_block_start" and event.content_block is not None:
            self.output_bytes += text_size(event.content_block.text)
            self.started = self.started or event.content_block.type not in ("text", "thinking")
        elif event.type == "message_start" and event.message is not None:
            self.report(event.message.usage)
        elif event.type == "message_stop":
            self.finished = True
        if event.usage is not None:
            self.report(event.usage)
            self.lesson = b""


class MessageDocument(MessageWatch, DocumentReading):
    """A whole answer. It is finished once it could be read."""

    def take(self, document: bytes) -> None:
        try:
            message = decode_message(document)
        except BROKEN:
            self.unreadable()
            return
        if message.error is not None:
            self.fail(failure_words(message.error))
        for block in message.content or ():
            self.count_texts(block)
        self.report(message.usage)
        self.started = self.finished = True
