"""Writing the stream for a client of Responses, in the order of events that OpenAI keeps.

Items and parts have places of their own in this protocol, so parts that overlap are simply said as they come.
Texts that follow each other are one message; it is done when the next item begins.
"""

from collections.abc import Callable
from typing import Any

from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Part,
    Refusal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.openai_responses.translation import items
from proxyapp.protocols.openai_responses.translation.growing import Called, Growing, Message, Said, Thought
from proxyapp.protocols.openai_responses.translation.lines import Lines
from proxyapp.protocols.openai_responses.translation.response import response_begun, response_ended
from proxyapp.protocols.openai_responses.translation.tools import Offers
from proxyapp.protocols.translator import Frame


class ResponsesWriter:
    """See `translator.StreamWriter`."""

    def __init__(self, frame: Frame) -> None:
        self._call_id = frame.call_id
        self._offers = Offers(frame.question.tools)
        self._response = response_begun(frame)
        self._lines = Lines()
        self._output: list[items.Item] = []
        self._open: dict[int, Growing] = {}
        self._message: Message | None = None
        self._begun = self._ended = self._refused = False

    def write(self, events: list[Event]) -> bytes:
        for event in events:
            if not self._ended:
                self._begin()
                _WRITERS[type(event)](self, event)
        return self._lines.give()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._lines.say("response.created", response=self._response)
            self._lines.say("response.in_progress", response=self._response)

    def _begin_only(self, event: Begun) -> None:
        """All has been said."""

    def _open_part(self, event: Opened) -> None:
        self._close_part(Closed(event.index))
        part = event.part
        if isinstance(part, Media):
            self._show(part)
        else:
            self._open[event.index] = self._growing(part)
            self._add_known(event.index, part)

    def _growing(self, part: Part) -> Growing:
        if isinstance(part, Thinking):
            self._leave_message()
            return Thought(self._lines, self._output, self._call_id, part.redacted)
        if isinstance(part, ToolUse):
            self._leave_message()
            return Called(self._lines, self._output, self._call_id, part, self._offers.of(part))
        self._refused = self._refused or isinstance(part, Refusal)
        return Said(self._lines, self._message_open(), refusal=isinstance(part, Refusal))

    def _add_known(self, index: int, part: Part) -> None:
        """What a part already held when it was opened."""
        text = part.arguments if isinstance(part, ToolUse) else getattr(part, "text", "")
        if text:
            self._add(Added(index, text))
        if isinstance(part, Text):
            for citation in part.citations:
                self._cite(Cited(index, citation))
        if isinstance(part, Thinking) and part.seal:
            self._seal(Sealed(index, part.seal))

    def _message_open(self) -> Message:
        if self._message is None:
            self._message = Message(self._lines, self._output, self._call_id)
        return self._message

    def _leave_message(self, status: str = "completed") -> None:
        if self._message:
            self._message.leave(status)
            self._message = None

    def _show(self, media: Media) -> None:
        """Media are there at once: an image as an item, others as a link."""
        if not items.is_image(media):
            said = Said(self._lines, self._message_open(), refusal=False)
            said.add(items.link(media))
            said.close("completed")
            return
        self._leave_message()
        place = len(self._output)
        item = items.image(f"ig_{self._call_id}_{place}", media)
        begun = {**item, "status": "in_progress", "result": None}
        self._output.append(item)
        self._lines.say("response.output_item.added", output_index=place, item=begun)
        self._lines.say("response.output_item.done", output_index=place, item=item)

    def _add(self, event: Added) -> None:
        if growing := self._open.get(event.index):
            growing.add(event.text)

    def _seal(self, event: Sealed) -> None:
        growing = self._open.get(event.index)
        if isinstance(growing, Thought):
            growing.seal(event.seal)

    def _cite(self, event: Cited) -> None:
        growing = self._open.get(event.index)
        if isinstance(growing, Said):
            growing.cite(event.citation)

    def _close_part(self, event: Closed) -> None:
        if growing := self._open.pop(event.index, None):
            growing.close("completed")

    def _end(self, event: Ended) -> None:
        self._ended = True
        whole = response_ended(self._response, self._output, event.stop, event.usage, refused=self._refused)
        for growing in self._open.values():
            growing.close(whole["status"])
        self._open.clear()
        self._leave_message(whole["status"])
        self._lines.say(f"response.{whole['status']}", response=whole)


_WRITERS: dict[type, Callable[[ResponsesWriter, Any], None]] = {
    Begun: ResponsesWriter._begin_only,
    Opened: ResponsesWriter._open_part,
    Added: ResponsesWriter._add,
    Sealed: ResponsesWriter._seal,
    Cited: ResponsesWriter._cite,
    Closed: ResponsesWriter._close_part,
    Ended: ResponsesWriter._end,
}
