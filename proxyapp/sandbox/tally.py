"""Counting: the input side of the sandbox's token function (stated in full in ``tokens``)."""

from typing import Literal

import msgspec

TURN_TOKENS = 3
MEDIA_TOKENS = 85
TEXT_BYTES_PER_TOKEN = 4
DEFINITION_BYTES_PER_TOKEN = 8

Side = Literal["user", "model"]


class Counts(msgspec.Struct, frozen=True):
    """The bill of one call in disjoint counters.

    The input of the call is ``input + cache_read + cache_write_5m + cache_write_1h``. ``output``
    includes ``reasoning``, which is a memo.
    """

    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0
    images: int = 0
    seconds: int = 0
    characters: int = 0

    @property
    def prompt(self) -> int:
        """All input tokens, cached or not (what OpenAI and Gemini call the prompt)."""
        return self.input + self.cache_read + self.cache_write

    @property
    def cache_write(self) -> int:
        return self.cache_write_5m + self.cache_write_1h

    @property
    def total(self) -> int:
        return self.prompt + self.output


def tokens(text: bytes) -> int:
    """Tokens of an answer's text: its bytes / 4, rounded up."""
    return -(-len(text) // TEXT_BYTES_PER_TOKEN)


class Tally(msgspec.Struct):
    """The running input count of one request; ``marked`` is the cached prefix by Anthropic's markers,
    ``prior`` are the tokens of the stored response that it goes on from.
    """

    text_bytes: int = 0
    definition_bytes: int = 0
    turns: int = 0
    media: int = 0
    side: Side | None = None
    marked: int = 0
    marked_1h: int = 0
    prior: int = 0

    @property
    def total(self) -> int:
        return (
            self.prior
            - (-self.text_bytes // TEXT_BYTES_PER_TOKEN)
            - (-self.definition_bytes // DEFINITION_BYTES_PER_TOKEN)
            + TURN_TOKENS * self.turns
            + MEDIA_TOKENS * self.media
        )

    def turn(self, side: Side) -> None:
        """An entry of ``side`` begins; a run of entries of one side is one turn."""
        if side != self.side:
            self.side = side
            self.turns += 1

    def text(self, text: str) -> None:
        self.text_bytes += len(text.encode())

    def call(self, name: str, arguments: object) -> None:
        """A tool call in the history: its name and its arguments as compact JSON."""
        self.text_bytes += len(name.encode()) + len(compact(arguments))

    def definition(self, name: str, description: str, schema: object) -> None:
        """A tool offered: name, description and the compact JSON of its schema."""
        self.definition_bytes += len(name.encode()) + len(description.encode())
        if schema is not None:
            self.definition_bytes += len(msgspec.json.encode(schema))

    def mark(self, ttl: str) -> None:
        """A ``cache_control`` marker: everything up to here is the cached prefix."""
        self.marked = self.total
        if ttl == "1h":
            self.marked_1h = self.total


def compact(arguments: object) -> bytes:
    """Compact JSON of ``arguments``; a string that is JSON itself (OpenAI's form) is read first."""
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments)
        except msgspec.DecodeError:
            return str(arguments).encode()
    return msgspec.json.encode(arguments)


def bill(total: int, marked: int, marked_1h: int, cached: int, output: int, reasoning: int) -> Counts:
    """Divide ``total`` input tokens: ``cached`` are read, the rest of the marked prefix is written."""
    read = min(cached, total)
    prefix = min(marked, total)
    hour = max(0, min(marked_1h, prefix) - read)
    five = max(0, prefix - read - hour)
    return Counts(
        input=total - read - hour - five,
        cache_read=read,
        cache_write_5m=five,
        cache_write_1h=hour,
        output=output,
        reasoning=reasoning,
    )
