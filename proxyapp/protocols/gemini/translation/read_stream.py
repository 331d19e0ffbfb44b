"""A streamGenerateContent answer (`alt=sse`), as events."""

from msgspec import Raw

from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Part,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN, given
from proxyapp.protocols.gemini.stream import UNFINISHED
from proxyapp.protocols.gemini.translation import wire
from proxyapp.protocols.gemini.translation.citations import counting_characters, read_citations
from proxyapp.protocols.gemini.translation.read_parts import CallIds, read_data
from proxyapp.protocols.gemini.translation.seals import belongs_before, sealed
from proxyapp.protocols.gemini.translation.stops import stop_of
from proxyapp.protocols.gemini.translation.usage import believed
from proxyapp.protocols.sse import MAX_IMAGE_EVENT, Events, payload_of


class ContentReader:
    """See `StreamReader`. Gemini's chunks have no beginning and end of parts: one lasts as long as chunks
    of its kind come. The answer ends with the usage report that comes with or after the finish reason."""

    def __init__(self) -> None:
        self._cutter = Events(MAX_IMAGE_EVENT)
        self._ids = CallIds()
        self._report = Raw()
        self._reason = ""  # the finish reason, or why there is no answer
        self._begun = self._ended = self._called = False
        self._index = -1
        self._open: type[Text] | type[Thinking] | None = None
        self._said: list[str] = []  # the text that is open
        self._cited: set[Citation] = set()  # its sources so far

    def feed(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        for lines in self._cutter.feed(data):
            self._take(payload_of(lines), events)
        return events

    def end(self) -> list[Event]:
        events: list[Event] = []
        if not self._cutter.overflown:
            self._take(payload_of(self._cutter.drain().split(b"\n")), events)
        if self._reason and not self._ended:
            self._finish(events)
        return events

    def _take(self, payload: bytes, events: list[Event]) -> None:
        if not payload or self._ended:
            return
        try:
            chunk = wire.decode(payload)
        except BROKEN:
            return
        counted = given(chunk.usage_metadata)
        if counted:
            self._report = chunk.usage_metadata
        candidate = chunk.candidate
        if candidate is not None or chunk.blocked:
            self._begin(chunk, events)
        if candidate is not None:
            self._say(candidate, events)
        elif chunk.blocked:
            self._reason = "SAFETY"
        if self._reason and counted:
            self._finish(events)

    def _begin(self, chunk: wire.Chunk, events: list[Event]) -> None:
        self._ids.told(chunk.response_id)
        if not self._begun:
            self._begun = True
            events.append(Begun(believed(self._report)))

    def _say(self, candidate: wire.Candidate, events: list[Event]) -> None:
        if candidate.content is not None:
            for part in candidate.content.parts or ():
                if part.thought:
                    self._think(part, events)
                else:
                    self._speak(part, events)
        if self._open is Text and (len(candidate.grounding_metadata) or len(candidate.citation_metadata)):
            self._cite(candidate, events)
        if candidate.finish_reason is not None and candidate.finish_reason not in UNFINISHED:
            self._reason = candidate.finish_reason

    def _think(self, part: wire.Part, events: list[Event]) -> None:
        thinking = sealed(part.thought_signature or "", part.text or "")
        if self._open is not Thinking and (thinking.text or thinking.seal is not None):
            self._begin_part(Thinking(), events)
            self._open = Thinking
        if thinking.text:
            events.append(Added(self._index, thinking.text))
        if thinking.seal is not None:
            events.append(Sealed(self._index, thinking.seal))
            self._close(events)

    def _speak(self, part: wire.Part, events: list[Event]) -> None:
        if part.thought_signature:
            self._seal(sealed(part.thought_signature), events)
        if part.text:
            self._tell(part.text, events)
        for piece in read_data(part, self._ids):
            if isinstance(piece, Text):
                self._tell(piece.text, events)
            elif isinstance(piece, ToolUse):
                self._called = True
                self._whole(ToolUse(piece.id, piece.name, ""), piece.arguments, events)
            else:
                self._whole(piece, "", events)

    def _tell(self, text: str, events: list[Event]) -> None:
        if self._open is not Text:
            self._begin_part(Text(""), events)
            self._open = Text
        events.append(Added(self._index, text))
        self._said.append(text)

    def _seal(self, thinking: Thinking, events: list[Event]) -> None:
        """A seal on the part that follows."""
        if thinking.seal is None:
            return
        if not (belongs_before(thinking) and self._open is Thinking):
            self._begin_part(Thinking(redacted=thinking.redacted), events)
        events.append(Sealed(self._index, thinking.seal))
        self._open = Thinking
        self._close(events)

    def _cite(self, candidate: wire.Candidate, events: list[Event]) -> None:
        text = "".join(self._said)
        for _, found in read_citations(candidate.grounding_metadata, candidate.citation_metadata):
            citation = counting_characters(found, text)
            if citation not in self._cited:
                self._cited.add(citation)
                events.append(Cited(self._index, citation))

    def _whole(self, part: Part, text: str, events: list[Event]) -> None:
        """A part that comes in one piece."""
        self._begin_part(part, events)
        if text:
            events.append(Added(self._index, text))
        events.append(Closed(self._index))

    def _begin_part(self, part: Part, events: list[Event]) -> None:
        self._close(events)
        self._index += 1
        events.append(Opened(self._index, part))

    def _close(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append(Closed(self._index))
            self._open = None
            self._said.clear()
            self._cited.clear()

    def _finish(self, events: list[Event]) -> None:
        self._ended = True
        self._close(events)
        events.append(Ended(stop_of(self._reason, called=self._called), believed(self._report)))
