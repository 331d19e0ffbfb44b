"""The parts of a Messages answer that are read, and its usage."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import count, counter, part, report_in
from proxyapp.usage import TokenUsage


class Block(msgspec.Struct, gc=False):
    """A content block, or a piece of one (`delta`); of the message's `delta`, nothing."""

    type: str | None = ""
    text: Raw = Raw()
    thinking: Raw = Raw()
    partial_json: Raw = Raw()
    input: Raw = Raw()

    def texts(self) -> Iterator[Raw]:
        """The generated text in it. The input of a whole block counts as its JSON."""
        yield self.text
        yield self.thinking
        yield self.partial_json
        yield self.input


class Message(msgspec.Struct, gc=False):
    """A whole answer, or the beginning of one (`message_start`)."""

    type: str = ""
    content: list[Block] | None = None
    usage: Any = None
    error: Any = None


class Event(msgspec.Struct, gc=False):
    """Any event of a stream."""

    type: str = ""
    message: Message | None = None
    delta: Block | None = None
    content_block: Block | None = None
    usage: Any = None
    error: Any = None


decode_event = msgspec.json.Decoder(Event).decode
decode_message = msgspec.json.Decoder(Message).decode

_BILLED_BESIDE = ("compaction", "advisor_message")
"""Iterations whose tokens are not in the totals of the report."""


class Tally:
    """Counters of one answer over its reports: `message_start` has the input, each `message_delta` cumulative
    totals, which win. A report may leave out what has not changed.

    Anthropic's `input_tokens` excludes cached and written tokens. A write without its breakdown
    was for five minutes. `output_tokens` includes thinking.
    """

    def __init__(self) -> None:
        self._input: int | None = None
        self._output: int | None = None
        self._read = self._short = self._long = self._thinking = 0
        self._beside = [0, 0, 0, 0, 0]

    def add(self, reported: Any) -> TokenUsage | None:
        """Take a report; None until both sides are known. Lie where a counter cannot be true."""
        report = report_in(reported)
        self._add_input(report)
        output = counter(report, "output_tokens")
        thinking = count(part(report, "output_tokens_details"), "thinking_tokens")
        if output is not None and output >= (self._output or 0):
            self._output, self._thinking = output, max(thinking, self._thinking)
        iterations = report.get("iterations")
        if isinstance(iterations, list):
            self._beside = _sum_beside(iterations)
        return self._usage()

    def _add_input(self, report: dict[str, Any]) -> None:
        fresh, read = counter(report, "input_tokens"), counter(report, "cache_read_input_tokens")
        short, long = self._writes(report)
        fresh = self._input if fresh is None else fresh
        read = self._read if read is None else read
        if fresh is not None and fresh + read + short + long >= self._input_side():
            self._input, self._read, self._short, self._long = fresh, read, short, long

    def _writes(self, report: dict[str, Any]) -> tuple[int, int]:
        short, long = _split(report)
        if short is None:
            return self._short, self._long
        if not part(report, "cache_creation"):
            long = min(self._long, short)
            short -= long
        return short, long

    def _input_side(self) -> int:
        return (self._input or 0) + self._read + self._short + self._long

    def _usage(self) -> TokenUsage | None:
        if self._input is None or self._output is None:
            return None
        fresh, read, short, long, output = self._beside
        return TokenUsage(
            input=self._input + fresh,
            cache_read=self._read + read,
            cache_write_5m=self._short + short,
            cache_write_1h=self._long + long,
            output=self._output + output,
            reasoning=self._thinking,
        )


def _split(report: dict[str, Any]) -> tuple[int | None, int]:
    """Tokens written for five minutes and for an hour; (None, 0) where the report says nothing of writes."""
    created, parts = counter(report, "cache_creation_input_tokens"), part(report, "cache_creation")
    if created is None and not parts:
        return None, 0
    long = count(parts, "ephemeral_1h_input_tokens")
    short = max(count(parts, "ephemeral_5m_input_tokens"), (created or 0) - long)
    return short, long


def _sum_beside(iterations: list[Any]) -> list[int]:
    """What was billed beside the totals, in the order of `Tally._beside`."""
    sums = [0, 0, 0, 0, 0]
    for entry in iterations:
        if isinstance(entry, dict) and entry.get("type") in _BILLED_BESIDE:
            short, long = _split(entry)
            read = count(entry, "cache_read_input_tokens")
            values = (count(entry, "input_tokens"), read, short or 0, long, count(entry, "output_tokens"))
            sums = [total + value for total, value in zip(sums, values, strict=True)]
    return sums
