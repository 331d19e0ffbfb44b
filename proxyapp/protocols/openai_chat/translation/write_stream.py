"""A stream of chat chunks for the client."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

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
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.openai_chat.translation.calls import Calls, free_text, wrapped
from proxyapp.protocols.openai_chat.translation.citations import write_citation
from proxyapp.protocols.openai_chat.translation.stops import write_stop
from proxyapp.protocols.openai_chat.translation.thinking import details_of, shown
from proxyapp.protocols.openai_chat.translation.usage import write_usage
from proxyapp.protocols.openai_chat.translation.write_answer import head, write_image
from proxyapp.protocols.translator import Frame
from proxyapp.usage import TokenUsage

_encode = msgspec.json.encode
_ROLE = b'{"role":"assistant","content":"","refusal":null}'


class _Open(Struct):
    """A part that is open. More of it is written between `head` and `tail`; without head it is kept."""

    part: Part
    head: bytes = b""
    tail: bytes = b""
    kept: list[str] | None = None
    length: int = 0  # characters so far, and of content before
    before: int = 0
    seal: Seal | None = None
    convert: Callable[[str], str] | None = None  # what was kept, as the client's tool takes it
    closed: bool = False


class ChatStreamWriter:
    """See `StreamWriter`. Chat has no parts: texts, reasoning and calls simply go on, in any order."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._calls = Calls(frame.question)
        self._head = _encode(head(frame, "chat.completion.chunk"))[:-1]
        self._before = b'data: %b,"choices":[{"index":0,"delta":' % self._head
        self._usage_field = b',"usage":null' if frame.wants_usage else b""
        self._after = b',"logprobs":null,"finish_reason":null}]%b}\n\n' % self._usage_field
        self._out: list[bytes] = []
        self._begun = self._over = False
        self._open: dict[int, _Open] = {}
        self._text: _Open | None = None  # the latest text
        self._called = 0
        self._refused = False
        self._usage: TokenUsage | None = None
        self._thoughts: list[_Open] = []  # not yet among the details
        self._held: list[tuple[Thinking, str]] = []  # for the details, if there will be any
        self._details = 0
        self._write: dict[type, Callable[[Any], None]] = {
            Begun: self._begin,
            Opened: self._opened,
            Added: self._added,
            Sealed: self._sealed,
            Cited: self._cited,
            Closed: self._closed,
            Ended: self._ended,
        }

    def write(self, events: list[Event]) -> bytes:
        for event in events:
            if not self._over:
                if not self._begun:
                    self._begun = True
                    self._delta(_ROLE)
                self._write[type(event)](event)
        out, self._out = self._out, []
        return b"".join(out)

    def _delta(self, delta: bytes) -> None:
        self._out.append(self._before + delta + self._after)

    def _begin(self, event: Begun) -> None:
        self._usage = event.usage

    def _opened(self, event: Opened) -> None:
        part = event.part
        if not isinstance(part, Thinking):
            self._place_thoughts(part.id if isinstance(part, ToolUse) else "")
        opened = _OPENERS[type(part)](self, part)
        self._open[event.index] = opened
        if text := _text_of(part):
            self._added(Added(event.index, text))

    def _open_text(self, part: Text) -> _Open:
        before = self._text.before + self._text.length if self._text is not None else 0
        self._text = self._around(part, b'{"content":', b"}")
        self._text.before = before
        return self._text

    def _open_refusal(self, part: Refusal) -> _Open:
        self._refused = True
        return self._around(part, b'{"refusal":', b"}")

    def _open_thinking(self, part: Thinking) -> _Open:
        visible = not part.redacted and shown(Thinking("?"), self._frame.question).text
        opened = self._around(part, b'{"reasoning_content":', b"}") if visible else _Open(part)
        opened.kept = []
        opened.seal = part.seal
        self._thoughts.append(opened)
        return opened

    def _open_media(self, part: Media) -> _Open:
        if part.kind == "image":
            self._delta(b'{"images":[%b]}' % _encode(write_image(part)))
        return _Open(part)

    def _open_call(self, part: ToolUse) -> _Open:
        """A call begins. Where client and provider know the tool in different ways, its arguments are kept
        until they are whole."""
        number, self._called = self._called, self._called + 1
        custom = self._calls.is_custom(part)
        convert = None if custom == part.custom else free_text if custom else wrapped
        name, kind, field = _encode(part.name), b"function", b"arguments"
        if custom:
            kind, field = b"custom", b"input"
        if self._frame.question.legacy and number == 0:
            start, end = b'{"function_call":{', b"}}"
            self._delta(b'%b"name":%b,"arguments":""%b' % (start, name, end))
            opened = self._around(part, start + b'"arguments":', end)
        else:
            start = b'{"tool_calls":[{"index":%d,' % number
            called = (_encode(part.id), kind, kind, name, field)
            self._delta(b'%b"id":%b,"type":"%b","%b":{"name":%b,"%b":""}}]}' % (start, *called))
            opened = self._around(part, b'%b"%b":{"%b":' % (start, kind, field), b"}}]}")
        if convert is not None:
            opened.kept, opened.convert = [], convert
        return opened

    def _around(self, part: Part, start: bytes, end: bytes) -> _Open:
        return _Open(part, head=self._before + start, tail=end + self._after)

    def _added(self, event: Added) -> None:
        opened = self._open.get(event.index)
        if opened is None or not event.text:
            return
        opened.length += len(event.text)
        if opened.kept is not None:
            opened.kept.append(event.text)
        if opened.head and opened.convert is None:
            self._out.append(opened.head + _encode(event.text) + opened.tail)

    def _sealed(self, event: Sealed) -> None:
        if opened := self._open.get(event.index):
            opened.seal = event.seal

    def _cited(self, event: Cited) -> None:
        opened = self._open.get(event.index)
        if opened is not None and event.citation.url:
            annotation = write_citation(event.citation, opened.before, opened.length)
            self._delta(b'{"annotations":[%b]}' % _encode(annotation))

    def _closed(self, event: Closed) -> None:
        if opened := self._open.pop(event.index, None):
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        opened.closed = True
        if opened.convert is not None:
            text = opened.convert("".join(opened.kept or ()))
            self._out.append(opened.head + _encode(text) + opened.tail)
        elif isinstance(opened.part, ToolUse) and not opened.length and not opened.part.custom:
            self._out.append(opened.head + b'"{}"' + opened.tail)

    def _place_thoughts(self, call_id: str) -> None:
        """What was thought stands before this call, if it is one. Details are written as soon as one has a
        seal, all of them in order."""
        whole = [thought for thought in self._thoughts if thought.closed or thought.seal is not None]
        self._thoughts = [thought for thought in self._thoughts if thought not in whole]
        self._held += [(self._thinking(thought), call_id) for thought in whole]
        if details := details_of(self._held, self._details, sealed=self._details > 0):
            self._delta(b'{"reasoning_details":%b}' % _encode(details))
            self._details += len(details)
            self._held.clear()

    def _thinking(self, thought: _Open) -> Thinking:
        redacted = isinstance(thought.part, Thinking) and thought.part.redacted
        whole = Thinking("".join(thought.kept or ()), seal=thought.seal, redacted=redacted)
        return shown(whole, self._frame.question)

    def _ended(self, event: Ended) -> None:
        for opened in self._open.values():
            self._close(opened)
        self._place_thoughts("")
        legacy = self._frame.question.legacy and self._called == 1
        reason = write_stop(event.stop, refused=self._refused, legacy=legacy)
        finish = b'{},"logprobs":null,"finish_reason":%b}]%b}\n\n'
        self._out.append(self._before + finish % (_encode(reason), self._usage_field))
        usage = event.usage or self._usage
        if self._frame.wants_usage and usage is not None:
            self._out.append(
                b'data: %b,"choices":[],"usage":%b}\n\n' % (self._head, _encode(write_usage(usage)))
            )
        self._out.append(b"data: [DONE]\n\n")
        self._over = True


_OPENERS: dict[type, Callable[[ChatStreamWriter, Any], _Open]] = {
    Text: ChatStreamWriter._open_text,
    Refusal: ChatStreamWriter._open_refusal,
    Thinking: ChatStreamWriter._open_thinking,
    Media: ChatStreamWriter._open_media,
    ToolUse: ChatStreamWriter._open_call,
}


def _text_of(part: Part) -> str:
    """What of a part is known when it is opened."""
    if isinstance(part, ToolUse):
        return part.arguments
    return part.text if isinstance(part, Text | Refusal | Thinking) else ""
