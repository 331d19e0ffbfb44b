"""Reading a stream of OpenAI's.

A part is known by its places: that of its item in the output, and that of its content in the item. What came
in pieces is taken as it came; of what did not, the whole is taken when its item is done, or, where even
that was not said, when the response is.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols import canonical
from proxyapp.protocols.canonical import Added, Begun, Cited, Closed, Ended, Media, Opened, Part, Sealed
from proxyapp.protocols.counting import BROKEN, given
from proxyapp.protocols.openai_responses.stream import MAX_EVENT
from proxyapp.protocols.openai_responses.translation.citations import citation_in
from proxyapp.protocols.openai_responses.translation.read_answer import (
    Whole,
    decode_item,
    decode_whole,
    parts_of,
)
from proxyapp.protocols.openai_responses.translation.reasoning import BETWEEN
from proxyapp.protocols.openai_responses.translation.stops import read_stop
from proxyapp.protocols.openai_responses.translation.usage import believed
from proxyapp.protocols.sse import Events, payload_of

_WHOLE = -1
"""The place of the content in an item that is one part: thinking, a call, an image."""

_SUMMARY = "response.reasoning_summary_text.delta"


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    delta: str = ""
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    item: Raw = Raw()
    response: Raw = Raw()
    annotation: Raw = Raw()


class _Open(msgspec.Struct):
    """A part that has been opened."""

    index: int
    text: bool = False  # some of it has come
    citations: int = 0
    source: str = ""  # of thinking: the type of the events that bring it


_decode = msgspec.json.Decoder(_Event).decode


class ResponsesReader:
    """See `translator.StreamReader`."""

    def __init__(self) -> None:
        self._events = Events(MAX_EVENT)
        self._said: list[canonical.Event] = []
        self._begun = self._ended = False
        self._called = self._refused = False
        self._next = 0  # index of the next part
        self._open: dict[int, dict[int, _Open]] = {}  # by the places of item and content
        self._done: set[int] = set()  # places of the items that are done

    def feed(self, data: bytes) -> list[canonical.Event]:
        for lines in self._events.feed(data):
            if payload := payload_of(lines):
                self._take(payload)
        return self._give()

    def end(self) -> list[canonical.Event]:
        if payload := payload_of(self._events.drain().split(b"\n")):
            self._take(payload)
        return self._give()

    def _give(self) -> list[canonical.Event]:
        said, self._said = self._said, []
        return said

    def _take(self, payload: bytes) -> None:
        try:
            event = _decode(payload)
        except BROKEN:
            return
        if self._ended or (read := _READERS.get(event.type)) is None:
            return
        if not self._begun:
            self._begun = True
            self._said.append(Begun())
        read(self, event)

    def _begin(self, event: _Event) -> None:
        """The answer begins; nothing more is known yet."""

    def _text(self, event: _Event) -> None:
        self._add(event, canonical.Text(text=""))

    def _refusal(self, event: _Event) -> None:
        self._add(event, canonical.Refusal(text=""))

    def _add(self, event: _Event, empty: Part) -> None:
        open_ = self._found(event.output_index, event.content_index)
        if open_ is None:
            if event.output_index in self._done:
                return
            open_ = self._start(event.output_index, event.content_index, empty)
        open_.text = True
        self._said.append(Added(open_.index, event.delta))

    def _more(self, event: _Event) -> None:
        """More of a call. Without the beginning of its item, it waits for the end of it."""
        if open_ := self._found(event.output_index, _WHOLE):
            open_.text = True
            self._said.append(Added(open_.index, event.delta))

    def _thought(self, event: _Event) -> None:
        """More thinking. Where both the thinking and a summary of it come, the first of them counts."""
        item = event.output_index
        if item in self._done:
            return
        open_ = self._found(item, _WHOLE) or self._start(item, _WHOLE, canonical.Thinking())
        if (open_.source or event.type) == event.type:
            open_.source, open_.text = event.type, True
            self._said.append(Added(open_.index, event.delta))

    def _thought_goes_on(self, event: _Event) -> None:
        open_ = self._found(event.output_index, _WHOLE)
        if open_ and open_.source == _SUMMARY and event.summary_index:
            self._said.append(Added(open_.index, BETWEEN))

    def _cite(self, event: _Event) -> None:
        open_ = self._found(event.output_index, event.content_index)
        if open_ and (citation := citation_in(_value(event.annotation))):
            open_.citations += 1
            self._said.append(Cited(open_.index, citation))

    def _item_begins(self, event: _Event) -> None:
        if event.output_index in self._done or self._found(event.output_index, _WHOLE):
            return
        for part in _parts(event.item):
            if isinstance(part, canonical.Thinking):
                self._start(event.output_index, _WHOLE, canonical.Thinking())
            elif isinstance(part, canonical.ToolUse):
                part.arguments = ""
                self._start(event.output_index, _WHOLE, part)

    def _item_done(self, event: _Event) -> None:
        self._finish(event.output_index, event.item)

    def _found(self, item: int, content: int) -> _Open | None:
        """The part at this place, if it is open."""
        parts = self._open.get(item)
        return parts.get(content) if parts else None

    def _start(self, item: int, content: int, part: Part) -> _Open:
        self._called = self._called or isinstance(part, canonical.ToolUse)
        self._refused = self._refused or isinstance(part, canonical.Refusal)
        open_ = _Open(index=self._next)
        self._open.setdefault(item, {})[content] = open_
        self._next += 1
        self._said.append(Opened(open_.index, part))
        return open_

    def _finish(self, item: int, raw: Raw) -> None:
        """An item is done: say what was missing of it, and close its parts."""
        if item in self._done:
            return
        self._done.add(item)
        for content, part in enumerate(_parts(raw)):
            in_message = isinstance(part, canonical.Text | canonical.Refusal)
            self._complete(item, content if in_message else _WHOLE, part)
        self._close(item)

    def _complete(self, item: int, content: int, part: Part) -> None:
        open_ = self._found(item, content)
        if isinstance(part, Media):
            self._start(item, content, part)
            return
        if open_ is None:
            open_ = self._start(item, content, _beginning(part))
        text = part.arguments if isinstance(part, canonical.ToolUse) else getattr(part, "text", "")
        if text and not open_.text:
            self._said.append(Added(open_.index, text))
        if isinstance(part, canonical.Text):
            missing = part.citations[open_.citations :]
            self._said += [Cited(open_.index, citation) for citation in missing]
        elif isinstance(part, canonical.Thinking) and part.seal:
            self._said.append(Sealed(open_.index, part.seal))

    def _close(self, item: int) -> None:
        self._said += [Closed(open_.index) for open_ in self._open.pop(item, {}).values()]

    def _end(self, event: _Event) -> None:
        self._ended = True
        whole = _whole(event.response)
        if len(whole.output or ()) > len(self._done):
            for place, raw in enumerate(whole.output or ()):
                self._finish(place, raw)
        for item in list(self._open):
            self._close(item)
        stop = read_stop(
            whole.status or event.type.removeprefix("response."),
            whole.incomplete_details,
            called=self._called,
            refused=self._refused,
        )
        self._said.append(Ended(stop, believed(whole.usage)))


def _parts(raw: Raw) -> list[Part]:
    try:
        return parts_of(decode_item(raw)) if given(raw) else []
    except BROKEN:
        return []


def _whole(raw: Raw) -> Whole:
    try:
        return decode_whole(raw)
    except BROKEN:
        return Whole()


def _value(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw) if given(raw) else None
    except BROKEN:
        return None


def _beginning(part: Part) -> Part:
    """A part without what will be added to it."""
    if isinstance(part, canonical.ToolUse):
        return canonical.ToolUse(id=part.id, name=part.name, arguments="", custom=part.custom)
    if isinstance(part, canonical.Thinking):
        return canonical.Thinking(redacted=part.redacted)
    return canonical.Refusal(text="") if isinstance(part, canonical.Refusal) else canonical.Text(text="")


_READERS: dict[str, Callable[[ResponsesReader, _Event], None]] = {
    "response.created": ResponsesReader._begin,
    "response.in_progress": ResponsesReader._begin,
    "response.output_item.added": ResponsesReader._item_begins,
    "response.output_item.done": ResponsesReader._item_done,
    "response.output_text.delta": ResponsesReader._text,
    "response.output_text.annotation.added": ResponsesReader._cite,
    "response.refusal.delta": ResponsesReader._refusal,
    "response.function_call_arguments.delta": ResponsesReader._more,
    "response.custom_tool_call_input.delta": ResponsesReader._more,
    "response.reasoning_summary_part.added": ResponsesReader._thought_goes_on,
    _SUMMARY: ResponsesReader._thought,
    "response.reasoning_text.delta": ResponsesReader._thought,
    "response.completed": ResponsesReader._end,
    "response.incomplete": ResponsesReader._end,
}
