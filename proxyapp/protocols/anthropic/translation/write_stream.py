"""A stream of Messages events for the client.

Clients expect one block at a time, numbered without gaps. Text and reasoning give way to the part that comes
next and go on in a new block if there is more of them; a call of a tool cannot be cut in two, so whatever
comes while one is open waits until it is closed. A block begins with the first thing that is in it: an empty
one would be refused by the provider when the client sends it back.
"""

from typing import Any, Literal

import msgspec

from proxyapp.protocols.anthropic.translation.arguments import write_arguments
from proxyapp.protocols.anthropic.translation.citations import write_citation
from proxyapp.protocols.anthropic.translation.names import escaped
from proxyapp.protocols.anthropic.translation.stops import write_stop
from proxyapp.protocols.anthropic.translation.usage import write_usage
from proxyapp.protocols.anthropic.translation.write_answer import write_block, write_media, write_message
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
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.carrying import carried
from proxyapp.protocols.sse import write_event
from proxyapp.protocols.translator import Frame
from proxyapp.usage import TokenUsage

_encode = msgspec.json.encode
_Kind = Literal["text", "thinking", "redacted", "call", "custom"]
_DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}
_CALL_DELTA = ("input_json_delta", "partial_json")
_TAIL = b"}}\n\n"


class MessageStreamWriter:
    """See `translator.StreamWriter`."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._kinds: dict[int, _Kind] = {}  # parts that may still grow
        self._current: int | None = None  # the part whose block is open
        self._head = b""  # what comes before the text of a delta of that block
        self._block = -1
        self._call: ToolUse | None = None  # the open call, if it is one
        self._free_text: list[str] = []  # of a custom one, which is written as a whole
        self._waiting: dict[int, list[Event]] = {}  # by part, what came while a call was open
        self._begun = self._ended = False

    def write(self, events: list[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if type(event) is Added and event.index == self._current and self._call is None:
                out += (self._head, _encode(event.text), _TAIL)
            elif not self._ended:
                self._take(event, out)
                self._resume(out)
        return b"".join(out)

    def _take(self, event: Event, out: list[bytes]) -> None:
        if not self._begun:
            self._begin(event.usage if isinstance(event, Begun) else None, out)
        if isinstance(event, Begun):
            return
        if isinstance(event, Ended):
            self._finish(event, out)
        elif self._call is not None and event.index != self._current:
            self._waiting.setdefault(event.index, []).append(event)
        elif isinstance(event, Opened):
            self._open(event.index, event.part, out)
        elif isinstance(event, Closed):
            self._close(event.index, out)
        elif event.index in self._kinds:
            self._grow(event, out)

    def _begin(self, usage: TokenUsage | None, out: list[bytes]) -> None:
        self._begun = True
        message = write_message(self._frame, [], write_usage(usage))
        out.append(_event("message_start", message=message))

    def _open(self, index: int, part: Part, out: list[bytes]) -> None:
        if isinstance(part, ToolUse):
            self._open_call(index, part, out)
        elif isinstance(part, Thinking):
            self._kinds[index] = "redacted" if part.redacted else "thinking"
            if part.text:
                self._grow(Added(index, part.text), out)
            if part.seal is not None:
                self._grow(Sealed(index, part.seal), out)
        else:
            self._kinds[index] = "text"
            text = write_media(part) if isinstance(part, Media) else getattr(part, "text", "")
            if text:
                self._grow(Added(index, text), out)
            for citation in part.citations if isinstance(part, Text) else ():
                self._grow(Cited(index, citation), out)

    def _open_call(self, index: int, part: ToolUse, out: list[bytes]) -> None:
        self._kinds[index] = "custom" if part.custom else "call"
        block = {"type": "tool_use", "id": escaped(part.id), "name": part.name, "input": {}}
        self._start(index, block, _CALL_DELTA, out)
        self._call = part
        if part.arguments:
            self._grow(Added(index, part.arguments), out)

    def _start(self, index: int, block: dict[str, Any], delta: tuple[str, str], out: list[bytes]) -> None:
        """Begin a block; the one that was open ends."""
        self._stop(out)
        self._block += 1
        self._current = index
        self._head = (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
            b'"delta":{"type":"%b","%b":' % (self._block, delta[0].encode(), delta[1].encode())
        )
        out.append(_event("content_block_start", index=self._block, content_block=block))

    def _stop(self, out: list[bytes]) -> None:
        """End the block that is open."""
        if self._current is None:
            return
        if self._call is not None and self._call.custom:
            whole = msgspec.structs.replace(self._call, arguments="".join(self._free_text))
            self._free_text.clear()
            out += (self._head, _encode(bytes(write_arguments(whole)).decode()), _TAIL)
        self._current = self._call = None
        out.append(_event("content_block_stop", index=self._block))

    def _grow(self, event: Added | Sealed | Cited, out: list[bytes]) -> None:
        kind = self._kinds[event.index]
        if kind == "redacted":
            self._write_redacted(event, out)
            return
        if event.index != self._current:
            if isinstance(event, Cited):
                return  # its text has been closed, and there is none that it could belong to
            empty = write_block(Thinking()) if kind == "thinking" else write_block(Text(""))
            self._start(event.index, empty, _DELTAS[kind], out)
        if isinstance(event, Sealed):
            signature = carried(event.seal, "anthropic")
            out.append(self._delta({"type": "signature_delta", "signature": signature}))
        elif isinstance(event, Cited):
            out.append(self._delta({"type": "citations_delta", "citation": write_citation(event.citation)}))
        elif kind == "custom":
            self._free_text.append(event.text)
        elif event.text:
            out += (self._head, _encode(event.text), _TAIL)

    def _write_redacted(self, event: Added | Sealed | Cited, out: list[bytes]) -> None:
        """A block that is whole as soon as its seal is known."""
        if isinstance(event, Sealed):
            block = write_block(Thinking(seal=event.seal, redacted=True))
            self._start(event.index, block, _DELTAS["thinking"], out)
            self._stop(out)

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return _event("content_block_delta", index=self._block, delta=delta)

    def _close(self, index: int, out: list[bytes]) -> None:
        self._kinds.pop(index, None)
        if index == self._current:
            self._stop(out)

    def _resume(self, out: list[bytes]) -> None:
        """What waited while a call was open, up to the next call."""
        while self._waiting and self._call is None:
            first = next(iter(self._waiting))
            for event in self._waiting.pop(first):
                self._take(event, out)

    def _finish(self, event: Ended, out: list[bytes]) -> None:
        self._stop(out)
        while self._waiting:
            self._resume(out)
            self._stop(out)
        self._ended = True
        delta = {"stop_reason": write_stop(event.stop), "stop_sequence": event.stop_sequence or None}
        usage = write_usage(event.usage) if event.usage else {"output_tokens": 0}
        out.append(_event("message_delta", delta=delta, usage=usage))
        out.append(_event("message_stop"))


def _event(name: str, **members: Any) -> bytes:
    return write_event({"type": name, **members}, name=name)
