"""Events, as a streamGenerateContent answer: server-sent events, or one JSON array."""

from typing import Any

import msgspec

from proxyapp.protocols.canonical import (
    Added,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Refusal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.gemini.translation.citations import write_grounding
from proxyapp.protocols.gemini.translation.media import write_media
from proxyapp.protocols.gemini.translation.seals import seal_text, stands_alone, wants_thoughts
from proxyapp.protocols.gemini.translation.stops import finish_reason
from proxyapp.protocols.gemini.translation.usage import write_usage
from proxyapp.protocols.gemini.translation.write_parts import write_call
from proxyapp.protocols.translator import Frame

_encode = msgspec.json.encode
_HEAD = b'{"candidates":[{"content":{"parts":['
_PART_ENDS, _CANDIDATE_ENDS = b'],"role":"model"},', b"}]"
_SAID, _SAID_ENDS = b'{"text":', b"}"
_THOUGHT, _THOUGHT_ENDS = b'{"text":', b',"thought":true}'


class _Written(msgspec.Struct):
    """A part that is open. The pieces of a call wait until it is whole: Gemini's calls come in one chunk."""

    part: Text | Refusal | Thinking | ToolUse
    pieces: list[str]
    signature: str = ""


class ContentWriter:
    """See `StreamWriter`. Usage, sources and the finish reason are in the last chunk.

    A signature waits for the part that follows the thoughts, because only there do clients keep it.
    """

    def __init__(self, frame: Frame) -> None:
        lead, next_lead = (b"data: ", b"data: ") if frame.sse else (b"[", b",\r\n")
        self._head, self._next_head = lead + _HEAD, next_lead + _HEAD
        about = b',"modelVersion":%b,"responseId":%b}' % (_encode(frame.model), _encode(frame.call_id))
        self._about = about + (b"\r\n\r\n" if frame.sse else b"")
        self._tail = _PART_ENDS + b'"index":0' + _CANDIDATE_ENDS + self._about
        self._last = b"" if frame.sse else b"]"
        self._shows = wants_thoughts(frame.question)
        self._open: dict[int, _Written] = {}
        self._texts: dict[int, list[str]] = {}  # of the parts that may be cited
        self._cited: list[tuple[int, Citation]] = []
        self._waiting = ""  # the signature for the next part
        self._over = False

    def write(self, events: list[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if self._over:
                break
            self._write(event, out)
        return b"".join(out)

    def _write(self, event: Event, out: list[bytes]) -> None:
        match event:
            case Added(index=index, text=text):
                self._add(index, text, out)
            case Opened(index=index, part=part):
                self._begin(index, part, out)
            case Sealed(index=index, seal=seal):
                found = self._open.get(index)
                if found is not None and isinstance(found.part, Thinking):
                    text = "".join(found.pieces) if self._shows else ""
                    self._seal(Thinking(text, seal, redacted=found.part.redacted), out)
            case Cited(index=index, citation=citation):
                self._cited.append((index, citation))
            case Closed(index=index):
                self._close(index, out)
            case Ended():
                self._finish(event, out)
            case Begun() if self._last:  # an error can only follow an element
                self._put({"text": ""}, out)

    def _begin(self, index: int, part: Any, out: list[bytes]) -> None:
        self._flush_sources(out)
        match part:
            case Media():
                self._put(write_media(part), out)
            case ToolUse():
                self._open[index] = _Written(part, [part.arguments], self._waiting)
                self._waiting = ""
            case Text() | Refusal() | Thinking():
                self._open[index] = _Written(part, [])
                if isinstance(part, Thinking) and self._waiting:
                    self._put({"text": ""}, out)
                self._add(index, part.text, out)
                for citation in part.citations if isinstance(part, Text) else ():
                    self._cited.append((index, citation))
                if isinstance(part, Thinking) and part.seal is not None:
                    self._seal(part, out)

    def _add(self, index: int, text: str, out: list[bytes]) -> None:
        found = self._open.get(index)
        if found is None or not text:
            return
        found.pieces.append(text)
        if isinstance(found.part, Thinking):
            if self._shows and not found.part.redacted:
                out += (self._begin_chunk(), _THOUGHT, _encode(text), _THOUGHT_ENDS, self._tail)
        elif not isinstance(found.part, ToolUse):
            if self._waiting:
                self._put({"text": text}, out)
            else:
                out += (self._begin_chunk(), _SAID, _encode(text), _SAID_ENDS, self._tail)

    def _seal(self, thinking: Thinking, out: list[bytes]) -> None:
        signature = seal_text(thinking)
        if stands_alone(thinking):
            self._chunk({"text": "", "thought": True, "thoughtSignature": signature}, out)
            return
        if self._waiting:
            self._put({"text": ""}, out)
        self._waiting = signature

    def _close(self, index: int, out: list[bytes]) -> None:
        found = self._open.pop(index, None)
        if found is None:
            return
        if isinstance(found.part, ToolUse):
            call = found.part
            whole = ToolUse(call.id, call.name, "".join(found.pieces), custom=call.custom)
            said = write_call(whole)
            self._chunk({**said, "thoughtSignature": found.signature} if found.signature else said, out)
        elif isinstance(found.part, Text):
            self._texts[index] = found.pieces

    def _finish(self, ended: Ended, out: list[bytes]) -> None:
        for index in list(self._open):
            self._close(index, out)
        self._over = True
        part = {"text": "", "thoughtSignature": self._waiting} if self._waiting else {"text": ""}
        about = {"finishReason": finish_reason(ended.stop), "index": 0, **self._sources()}
        usage = b""
        if ended.usage is not None:
            usage = b',"usageMetadata":' + _encode(write_usage(ended.usage))
        self._chunk(part, out, about, usage)
        out.append(self._last)

    def _flush_sources(self, out: list[bytes]) -> None:
        """Tell the sources of a text before another part begins: their places count from its beginning."""
        if sources := self._sources():
            self._chunk({"text": ""}, out, {"index": 0, **sources})

    def _sources(self) -> dict[str, Any]:
        cited, self._cited = self._cited, []
        texts = self._texts | {index: found.pieces for index, found in self._open.items()}
        self._texts = {}
        if not cited:
            return {}
        sources = [(0, "".join(texts.get(index, [])), citation) for index, citation in cited]
        return {"groundingMetadata": write_grounding(sources)}

    def _put(self, part: dict[str, Any], out: list[bytes]) -> None:
        """A part with the signature that waits for it, if any."""
        if self._waiting:
            part = {**part, "thoughtSignature": self._waiting}
            self._waiting = ""
        self._chunk(part, out)

    def _chunk(
        self, part: dict[str, Any], out: list[bytes], about: dict[str, Any] | None = None, usage: bytes = b""
    ) -> None:
        """A chunk of one part; `about` are further members of the candidate."""
        out += (self._begin_chunk(), _encode(part))
        if about:
            out += (_PART_ENDS, _encode(about)[1:-1], _CANDIDATE_ENDS, usage, self._about)
        else:
            out.append(self._tail)

    def _begin_chunk(self) -> bytes:
        head, self._head = self._head, self._next_head
        return head
