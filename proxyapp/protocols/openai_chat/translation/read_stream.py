"""A provider's stream of chat chunks."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Part,
    Refusal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN, fuller
from proxyapp.protocols.openai_chat.translation.citations import read_citations, within
from proxyapp.protocols.openai_chat.translation.fragments import Fragments
from proxyapp.protocols.openai_chat.translation.read_answer import (
    Function,
    Message,
    ToolCall,
    details_of,
    images_of,
    new_id,
    reasoning_of,
    text_of,
    text_of_arguments,
)
from proxyapp.protocols.openai_chat.translation.stops import read_stop
from proxyapp.protocols.openai_chat.translation.thinking import extra_seal, text_in
from proxyapp.protocols.openai_chat.translation.usage import believed
from proxyapp.protocols.sse import MAX_IMAGE_EVENT, Events, payload_of
from proxyapp.usage import TokenUsage


class Choice(msgspec.Struct, gc=False):
    delta: Message | None = None
    index: Any = 0
    finish_reason: Any = None
    usage: Any = None


class Chunk(msgspec.Struct, gc=False):
    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None


class _Call(msgspec.Struct):
    """A call that is open: the index of its part, its id and its name."""

    index: int
    id: str
    name: str


Kind = Literal["", "text", "thinking", "refusal"]

_decode = msgspec.json.Decoder(Chunk).decode
_EMPTY: dict[Kind, Callable[[], Part]] = {
    "text": lambda: Text(""),
    "thinking": Thinking,
    "refusal": lambda: Refusal(""),
}


class ChatStreamReader:
    """See `StreamReader`. What is said (text, thinking, a refusal) is one part after the other; calls stay
    open until the answer ends, for nothing says sooner that their arguments are whole.
    """

    def __init__(self) -> None:
        self._events = Events(MAX_IMAGE_EVENT)
        self._out: list[Event] = []
        self._begun = self._failed = self._over = False
        self._reason: str | None = None
        self._usage: TokenUsage | None = None
        self._next = 0  # index of the next part
        self._kind: Kind = ""  # of what is being said, and its index
        self._said = -1
        self._refused = False
        self._length = 0  # characters of content so far, and before the text that is open
        self._before = 0
        self._details = Fragments()
        self._calls: dict[int | None, _Call] = {}  # by the provider's index
        self._latest: _Call | None = None  # to which a piece without an index belongs
        self._parts: list[int] = []  # indices of calls that are open
        self._called = False

    def feed(self, data: bytes) -> list[Event]:
        for lines in self._events.feed(data):
            if payload := payload_of(lines):
                self._take(payload)
        return self._told()

    def end(self) -> list[Event]:
        if not self._events.overflown and (payload := payload_of(self._events.drain().split(b"\n"))):
            self._take(payload)
        if self._reason is not None:
            self._end()
        return self._told()

    def _told(self) -> list[Event]:
        told, self._out = self._out, []
        return told

    def _take(self, payload: bytes) -> None:
        if self._over:
            return
        if len(payload) < 16 and payload.strip() == b"[DONE]":
            self._end()
            return
        try:
            chunk = _decode(payload)
        except BROKEN:
            return
        if chunk.error is not None:
            self._failed = True
            return
        self._begin()
        if chunk.usage is not None:
            self._count(chunk.usage)
        for choice in chunk.choices or ():
            if choice.index in (0, None):
                self._choose(choice)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._out.append(Begun())

    def _count(self, report: Any) -> None:
        if usage := believed(report):
            self._usage = fuller(self._usage, usage)

    def _choose(self, choice: Choice) -> None:
        if choice.delta is not None:
            self._read(choice.delta)
        if choice.usage is not None:
            self._count(choice.usage)
        if isinstance(choice.finish_reason, str) and choice.finish_reason:
            self._failed = self._failed or choice.finish_reason == "error"
            self._reason = choice.finish_reason
            self._close_all()

    def _read(self, delta: Message) -> None:
        if delta.reasoning_content or delta.reasoning or delta.reasoning_details:
            self._reason_with(delta)
        if delta.content and (text := text_of(delta.content)):
            self._say("text", text)
            self._length += len(text)
        if delta.annotations and self._kind == "text":
            for citation in read_citations(delta.annotations):
                self._out.append(Cited(self._said, within(citation, self._before)))
        if delta.refusal and isinstance(delta.refusal, str):
            self._refused = True
            self._say("refusal", delta.refusal)
        for image in images_of(delta) if delta.images else ():
            self._close(self._open(image))
        for call in delta.tool_calls or ():
            self._call(call)
        if delta.function_call is not None:
            self._call(ToolCall(index=-1, function=delta.function_call))

    def _reason_with(self, delta: Message) -> None:
        details = details_of(delta)
        text = reasoning_of(delta) or text_in(details)
        if text or details:
            self._say("thinking", text)
            self._details.add(details)

    def _say(self, kind: Literal["text", "thinking", "refusal"], text: str) -> None:
        if self._kind != kind:
            self._said = self._open(_EMPTY[kind]())
            self._kind = kind
            self._before = self._length
        if text:
            self._out.append(Added(self._said, text))

    def _open(self, part: Part) -> int:
        """Open a part behind what was being said; its index."""
        self._hush()
        index = self._next
        self._next += 1
        self._out.append(Opened(index, part))
        return index

    def _close(self, index: int) -> None:
        self._out.append(Closed(index))

    def _hush(self) -> None:
        """Close what is being said."""
        if self._kind == "thinking":
            self._out.append(Sealed(self._said, self._details.seal()))
        if self._kind:
            self._close(self._said)
            self._kind = ""

    def _call(self, call: ToolCall) -> None:
        """A call begins, or goes on. Providers may leave the index out, give all calls the same one, repeat
        name and id in every piece, or give no id."""
        function = call.function or call.custom
        if function is None:
            return
        key = call.index if isinstance(call.index, int) else None
        current = self._latest if key is None else self._calls.get(key)
        call_id = call.id if isinstance(call.id, str) else ""
        name = function.name if isinstance(function.name, str) else ""
        if name and (current is None or _is_other(current, call_id, name, key)):
            current = self._open_call(call, function, call_id or new_id())
            self._calls[key] = self._latest = current
        if current is not None and (arguments := text_of_arguments(function)):
            self._out.append(Added(current.index, arguments))

    def _open_call(self, call: ToolCall, function: Function, call_id: str) -> _Call:
        if isinstance(call.extra_content, dict) and call.extra_content:
            index = self._open(Thinking())
            self._out.append(Sealed(index, extra_seal(call.extra_content)))
            self._close(index)
        index = self._open(ToolUse(call_id, function.name, "", custom=call.function is None))
        self._called = True
        self._parts.append(index)
        return _Call(index, call_id, function.name)

    def _close_all(self) -> None:
        self._hush()
        for index in self._parts:
            self._close(index)
        self._parts.clear()
        self._calls.clear()
        self._latest = None

    def _end(self) -> None:
        """The answer is whole, unless it failed."""
        if self._over or self._failed:
            return
        self._over = True
        self._begin()
        self._close_all()
        stop = read_stop(self._reason or "", called=self._called, refused=self._refused)
        self._out.append(Ended(stop, self._usage))


def _is_other(current: _Call, call_id: str, name: str, key: int | None) -> bool:
    """Whether a piece that names a function begins another call than this one."""
    return call_id != current.id if call_id else key is None or name != current.name
