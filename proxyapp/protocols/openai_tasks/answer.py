"""Answers of tasks, and the usage in them."""

import math
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import BROKEN, MOST, Lie, count, counter, disjoint_input, part, report_in
from proxyapp.protocols.reading import PlainDocument, StreamReading
from proxyapp.protocols.words import failure_words
from proxyapp.usage import TokenUsage

_INPUTS = ("input_tokens", "prompt_tokens", "total_tokens")
_OUTPUTS = ("output_tokens", "completion_tokens")
_DETAILS = ("input_tokens_details", "input_token_details", "prompt_tokens_details")
_ENDS = (".done", ".completed")


class TaskEvent(msgspec.Struct, gc=False):
    """Any event of a stream. What it carries besides is not read."""

    type: str = ""
    delta: Raw = Raw()
    usage: Any = None
    error: Any = None


_decode_event = msgspec.json.Decoder(TaskEvent).decode


def read_usage(reported: Any) -> TokenUsage | None:
    """Disjoint counters, or seconds where it says `duration`; begun ones count whole. The input goes by
    three names; `total_tokens` alone is that of an answer without output. Lie where a counter cannot be
    true; None where there is none.
    """
    report = report_in(reported)
    if report.get("type") == "duration":
        return TokenUsage(seconds=seconds(report.get("seconds")))
    given = [value for name in _INPUTS if (value := counter(report, name)) is not None]
    if not given:
        return None
    cached = max(count(part(report, name), "cached_tokens") for name in _DETAILS)
    return TokenUsage(
        input=disjoint_input(given[0], cached, 0),
        cache_read=cached,
        output=max(count(report, name) for name in _OUTPUTS),
    )


def seconds(reported: Any) -> int:
    """Whole seconds, begun ones included. Lie where they cannot be true."""
    if isinstance(reported, bool) or not isinstance(reported, int | float) or not 0 <= reported <= MOST:
        raise Lie("seconds")
    return math.ceil(reported)


class TaskDocument(PlainDocument):
    """A whole answer with `usage`; some rerankers have it under `meta.tokens`."""

    def note(self, members: dict[str, Raw]) -> None:
        if error := decoded(members, "error"):
            self.fail(failure_words(error))
        usage = decoded(members, "usage")
        if usage is None:
            meta = decoded(members, "meta")
            usage = meta.get("tokens") if isinstance(meta, dict) else None
        if usage is not None:
            self.believe(read_usage, usage)


class TaskStream(StreamReading):
    """A stream of typed events, each as large as a picture may be. It is finished at the last one whose type
    ends in `.done` or `.completed`: one for each of `answers`.

    Some models answer whole though a stream was asked for (Whisper does); then it is read as a document.
    """

    limit = 1 << 25
    document: type[TaskDocument] = TaskDocument

    def __init__(self, answers: int = 1) -> None:
        super().__init__()
        self._left = answers

    def take(self, payload: bytes) -> None:
        try:
            event = _decode_event(payload)
        except BROKEN:
            return
        if event.type == "error" or event.error is not None:
            self.fail(failure_words(event.error))
        elif event.type:
            self.started = True
            self.note(event)

    def note(self, event: TaskEvent) -> None:
        """Note what a good event says."""
        if event.type.endswith(_ENDS):
            self._left -= 1
            self.finished = self._left <= 0
            if event.usage is not None:
                self.add(event.usage)

    def end(self) -> bytes:
        rest = self._events.drain()
        if self.started or rest.lstrip()[:1] != b"{":
            self.read_event(rest.split(b"\n"))
        else:
            self._take_whole(rest)
        return b""

    def _take_whole(self, document: bytes) -> None:
        whole = self.document()
        whole.take(document)
        self.usage, self.output_bytes = whole.usage, whole.output_bytes
        self.started = self.finished = whole.finished
        if whole.failure:
            self.fail(whole.failure)

    def add(self, reported: Any) -> None:
        """Each of several pictures reports its own tokens."""
        before, self.usage = self.usage, None
        self.believe(read_usage, reported)
        if before is not None and self.usage is not None:
            self.usage = _sum(before, self.usage)


def decoded(members: dict[str, Raw], name: str) -> Any:
    """One member of a readable document; None where absent or broken."""
    try:
        return msgspec.json.decode(members[name]) if name in members else None
    except BROKEN:
        return None


def _sum(one: TokenUsage, other: TokenUsage) -> TokenUsage:
    return TokenUsage(
        input=one.input + other.input,
        cache_read=one.cache_read + other.cache_read,
        output=one.output + other.output,
    )
