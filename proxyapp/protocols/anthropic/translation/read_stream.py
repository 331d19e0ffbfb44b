"""A stream of Messages events, as the provider sends it."""

from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.anthropic.answer import Tally
from proxyapp.protocols.anthropic.translation.citations import read_citation
from proxyapp.protocols.anthropic.translation.names import unescaped
from proxyapp.protocols.anthropic.translation.read_answer import read_explanation
from proxyapp.protocols.anthropic.translation.stops import read_stop
from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Refusal,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.reading import Watch
from proxyapp.protocols.sse import Events, payload_of


class _Piece(msgspec.Struct, gc=False):
    """A `delta` of either kind, of a block or of the message. Some providers write out what is not there."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    citation: Any = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Any = None


class _Block(msgspec.Struct, gc=False):
    """A `content_block` as it begins."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = Raw()


class _Message(msgspec.Struct, gc=False):
    usage: Any = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    index: int | None = None
    delta: _Piece | None = None
    content_block: _Block | None = None
    message: _Message | None = None
    usage: Any = None


class _Open(msgspec.Struct):
    """A block that is open: our index, and of a call the arguments known from the start."""

    index: int
    arguments: str | None = None


_decode = msgspec.json.Decoder(_Event).decode
_NO_ARGUMENTS = ("", "{}", "null")


class MessageStreamReader:
    """See `translator.StreamReader`. Blocks that mean nothing elsewhere (what the provider's own tools did)
    are left out. The answer is whole at `message_stop`.
    """

    def __init__(self) -> None:
        self._cutter = Events()
        self._tally = Tally()
        self._watch = Watch()
        self._open: dict[int, _Open] = {}
        self._parts = 0
        self._begun = self._ended = self._called = False
        self._last = _Piece()  # the delta of the message that says why it ends

    def feed(self, data: bytes) -> list[Event]:
        out: list[Event] = []
        for lines in self._cutter.feed(data):
            if payload := payload_of(lines):
                self._take(payload, out)
        return out

    def end(self) -> list[Event]:
        out: list[Event] = []
        if not self._cutter.overflown and (payload := payload_of(self._cutter.drain().split(b"\n"))):
            self._take(payload, out)
        return out

    def _take(self, payload: bytes, out: list[Event]) -> None:
        try:
            event = _decode(payload)
        except BROKEN:
            return
        if self._ended:
            return
        number = event.index or 0
        if event.type == "content_block_delta" and event.delta is not None:
            if (found := self._open.get(number)) is not None:
                _grow(found, event.delta, out)
        elif event.type == "content_block_start" and event.content_block is not None:
            self._begin(out)
            self._start(number, event.content_block, out)
        elif event.type == "content_block_stop":
            self._close(number, out)
        else:
            self._take_message(event, out)

    def _take_message(self, event: _Event, out: list[Event]) -> None:
        """What concerns the message as a whole: it begins, is reported on, ends."""
        if event.type == "message_start" and event.message is not None:
            self._report(event.message.usage)
            self._begin(out)
        elif event.type == "message_delta":
            self._report(event.usage)
            if event.delta is not None and event.delta.stop_reason:
                self._last = event.delta
        elif event.type == "message_stop":
            self._finish(out)

    def _report(self, usage: Any) -> None:
        if usage is not None:
            self._watch.believe(self._tally.add, usage)

    def _begin(self, out: list[Event]) -> None:
        if not self._begun:
            self._begun = True
            out.append(Begun(self._watch.usage))

    def _start(self, number: int, block: _Block, out: list[Event]) -> None:
        self._close(number, out)
        index = self._parts
        if block.type == "text":
            self._add(number, Opened(index, Text("")), out)
            if block.text:
                out.append(Added(index, block.text))
        elif block.type == "thinking":
            self._add(number, Opened(index, Thinking()), out)
            _grow(self._open[number], _Piece("thinking_delta", thinking=block.thinking), out)
            _grow(self._open[number], _Piece("signature_delta", signature=block.signature), out)
        elif block.type == "redacted_thinking":
            part = Thinking(seal=Seal("anthropic", block.data or ""), redacted=True)
            self._add(number, Opened(index, part), out)
        elif block.type == "tool_use":
            self._called = True
            self._add(number, Opened(index, ToolUse(block.id or "", unescaped(block.name or ""), "")), out)
            self._open[number].arguments = bytes(block.input).decode(errors="replace")

    def _add(self, number: int, event: Opened, out: list[Event]) -> None:
        self._open[number] = _Open(self._parts)
        self._parts += 1
        out.append(event)

    def _close(self, number: int, out: list[Event]) -> None:
        found = self._open.pop(number, None)
        if found is None:
            return
        if found.arguments is not None:  # no pieces came, so the call was whole when it began
            arguments = "{}" if found.arguments in _NO_ARGUMENTS else found.arguments
            out.append(Added(found.index, arguments))
        out.append(Closed(found.index))

    def _finish(self, out: list[Event]) -> None:
        self._begin(out)
        for number in list(self._open):
            self._close(number, out)
        stop = read_stop(self._last.stop_reason, self._called)
        if stop == "refusal" and (why := read_explanation(self._last.stop_details)):
            out += [Opened(self._parts, Refusal("")), Added(self._parts, why), Closed(self._parts)]
        self._ended = True
        out.append(Ended(stop, self._watch.usage, self._last.stop_sequence or ""))


def _grow(found: _Open, piece: _Piece, out: list[Event]) -> None:
    """The event for a piece of a block; none for an empty one."""
    if piece.type == "text_delta" and piece.text:
        out.append(Added(found.index, piece.text))
    elif piece.type == "input_json_delta" and piece.partial_json:
        found.arguments = None
        out.append(Added(found.index, piece.partial_json))
    elif piece.type == "thinking_delta" and piece.thinking:
        out.append(Added(found.index, piece.thinking))
    elif piece.type == "signature_delta" and piece.signature:
        out.append(Sealed(found.index, Seal("anthropic", piece.signature)))
    elif piece.type == "citations_delta" and (citation := read_citation(piece.citation)) is not None:
        out.append(Cited(found.index, citation))
