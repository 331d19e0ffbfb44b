"""Watching Responses answers."""

from contextlib import suppress

from msgspec import Raw

from proxyapp.protocols.counting import BROKEN, given, text_size
from proxyapp.protocols.openai_responses.answer import (
    Item,
    Response,
    decode_event,
    decode_item,
    decode_response,
    read_usage,
)
from proxyapp.protocols.reading import DocumentReading, StreamReading, Watch
from proxyapp.protocols.words import failure_words, refusal_words

MAX_EVENT = 1 << 24
"""One event may hold a whole image, and the last one holds the whole answer again."""

_TERMINAL = ("response.completed", "response.incomplete", "response.failed")


class ResponseWatch(Watch):
    """What stream and document have in common."""

    def __init__(self) -> None:
        super().__init__()
        self.response_id = ""  # the provider's name for this answer

    def note(self, response: Response) -> None:
        """Note its id, usage and errors."""
        self.response_id = response.id or self.response_id
        if response.error is not None:
            self.fail(failure_words(response.error))
        if response.usage is not None:
            self.believe(read_usage, response.usage)

    def count_item(self, item: Item) -> None:
        """Count what was generated."""
        self.output_bytes += sum(map(text_size, item.texts()))


class ResponseStream(ResponseWatch, StreamReading):
    """A stream of events. It is finished at `response.completed`, `.incomplete` or `.failed`."""

    limit = MAX_EVENT

    def __init__(self) -> None:
        super().__init__()
        self._counted = 0  # output bytes when the last item was done

    def take(self, payload: bytes) -> None:
        try:
            event = decode_event(payload)
        except BROKEN:
            return
        if event.type.endswith(".delta"):
            self.output_bytes += text_size(event.delta)
            self.started = True
        elif event.type in _TERMINAL:
            self._finish(event.type, event.response)
        elif event.type == "error":
            self.fail(refusal_words(payload) or failure_words(None))
        elif event.type == "response.output_item.done" and given(event.item):
            self._take_item(event.item)
        elif event.type == "response.output_item.added" and given(event.item):
            self.started = self.started or _is_call(event.item)

    def _finish(self, type_: str, raw: Raw) -> None:
        self.finished = True
        with suppress(*BROKEN):
            self.note(decode_response(raw))
        if type_ == "response.failed":
            self.fail(failure_words(None))

    def _take_item(self, raw: Raw) -> None:
        """An item that came without deltas is counted as a whole."""
        self.started = True
        if self.output_bytes == self._counted:
            with suppress(*BROKEN):
                self.count_item(decode_item(raw))
        self._counted = self.output_bytes


class ResponseDocument(ResponseWatch, DocumentReading):
    """A whole answer. It is finished once it could be read."""

    def take(self, document: bytes) -> None:
        try:
            response = decode_response(document)
        except BROKEN:
            self.unreadable()
            return
        for item in response.output or ():
            self.count_item(item)
        self.note(response)
        self.started = self.finished = True


def _is_call(raw: Raw) -> bool:
    """Whether an item that has begun is more than the frame of a text to come."""
    try:
        return decode_item(raw).type not in ("message", "reasoning")
    except BROKEN:
        return False
