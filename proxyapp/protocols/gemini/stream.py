"""Watching Gemini answers."""

from proxyapp.protocols.counting import BROKEN, given, text_size
from proxyapp.protocols.gemini.answer import Candidate, Chunk, decode, read_usage
from proxyapp.protocols.reading import DocumentReading, StreamReading, Watch
from proxyapp.protocols.sse import MAX_IMAGE_EVENT
from proxyapp.protocols.words import failure_words

UNFINISHED = (None, "", "FINISH_REASON_UNSPECIFIED")
"""Finish reasons of a candidate that goes on."""


class ContentWatch(Watch):
    """What streams and document have in common: an answer is finished when each of its candidates is."""

    def __init__(self, answers: int = 1) -> None:
        super().__init__()
        self._answers = answers
        self._ended: set[int] = set()

    def take_chunk(self, payload: bytes) -> bool:
        """Note what one chunk says; False where it cannot be read."""
        try:
            chunk = decode(payload)
        except BROKEN:
            return False
        self._note(chunk)
        for candidate in chunk.candidates or ():
            self._count(candidate)
            if candidate.finish_reason not in UNFINISHED:
                self._ended.add(candidate.index or 0)
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason is not None:
            self.finished = True
        self.finished = self.finished or len(self._ended) >= self._answers
        return True

    def ended_in_order(self) -> None:
        """The stream is over: it is finished if any candidate is."""
        self.finished = self.finished or bool(self._ended)

    def _note(self, chunk: Chunk) -> None:
        if chunk.error is not None:
            self.fail(failure_words(chunk.error))
        if chunk.usage_metadata is not None:
            self.believe(read_usage, chunk.usage_metadata)

    def _count(self, candidate: Candidate) -> None:
        parts = candidate.content.parts if candidate.content is not None else None
        for part in parts or ():
            size = sum(map(text_size, part.texts()))
            self.output_bytes += size
            if size or part.function_call is not None or given(part.inline_data):
                self.started = True


class ContentStream(ContentWatch, StreamReading):
    """A stream of events (`alt=sse`)."""

    limit = MAX_IMAGE_EVENT

    def take(self, payload: bytes) -> None:
        self.take_chunk(payload)

    def close(self) -> None:
        self.ended_in_order()


class ContentDocument(ContentWatch, DocumentReading):
    """A whole answer. It is finished once it could be read."""

    def take(self, document: bytes) -> None:
        if self.take_chunk(document):
            self.started = self.finished = True
        else:
            self.unreadable()
