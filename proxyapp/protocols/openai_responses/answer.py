"""The parts of a Responses answer that are read, and its usage."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import count, counter, disjoint_input, part, report_in
from proxyapp.usage import TokenUsage


class Part(msgspec.Struct, gc=False):
    """A part of a message or of a reasoning summary."""

    text: Raw = Raw()
    refusal: Raw = Raw()


class Item(msgspec.Struct, gc=False):
    """An output item: a message, reasoning, or a tool call."""

    type: str = ""
    arguments: Raw = Raw()
    input: Raw = Raw()
    content: list[Part] | None = None
    summary: list[Part] | None = None

    def texts(self) -> Iterator[Raw]:
        """The generated text in it, of every kind."""
        yield self.arguments
        yield self.input
        for part_ in [*(self.content or ()), *(self.summary or ())]:
            yield part_.text
            yield part_.refusal


class Response(msgspec.Struct, gc=False):
    """A whole answer; also what the terminal events of a stream hold."""

    id: str = ""
    output: list[Item] | None = None
    usage: Any = None
    error: Any = None


class Event(msgspec.Struct, gc=False):
    """Any event of a stream. The larger members are read only where they matter."""

    type: str = ""
    delta: Raw = Raw()
    item: Raw = Raw()
    response: Raw = Raw()


decode_event = msgspec.json.Decoder(Event).decode
decode_item = msgspec.json.Decoder(Item).decode
decode_response = msgspec.json.Decoder(Response).decode


def read_usage(reported: Any) -> TokenUsage | None:
    """Disjoint counters. OpenAI's `input_tokens` includes cached and written tokens, and its
    `output_tokens` includes reasoning. Writes kept for 12 hours count as `cache_write_1h`.
    Lie where a counter cannot be true; None where one of the two totals is missing.
    """
    report = report_in(reported)
    total, output = counter(report, "input_tokens"), counter(report, "output_tokens")
    if total is None or output is None:
        return None
    details = part(report, "input_tokens_details")
    cached, written = count(details, "cached_tokens"), count(details, "cache_write_tokens")
    long = min(written, count(part(details, "cache_write_tokens_details"), "ttl_12h_tokens"))
    return TokenUsage(
        input=disjoint_input(total, cached, written),
        cache_read=cached,
        cache_write_5m=written - long,
        cache_write_1h=long,
        output=output,
        reasoning=min(output, count(part(report, "output_tokens_details"), "reasoning_tokens")),
    )
