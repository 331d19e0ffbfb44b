"""Counters that providers report, believed with care, and the size of what they generate."""

from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.usage import TokenUsage

MOST = 1_000_000_000
"""No answer has more tokens of any kind than this."""

BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding a provider's bytes may raise; a broken piece is passed on, not believed."""


class Lie(Exception):
    """A reported counter that cannot be true. The whole report is then worth nothing."""


def report_in(value: Any) -> dict[str, Any]:
    """The members of a usage object. Lie where it is something else."""
    if not isinstance(value, dict):
        raise Lie("not an object")
    return value


def counter(report: dict[str, Any], name: str) -> int | None:
    """One counter: None where absent or null. Lie where negative, absurdly large or not a whole number."""
    value = report.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MOST:
        raise Lie(name)
    return value


def count(report: dict[str, Any], name: str) -> int:
    """One counter, 0 where absent."""
    return counter(report, name) or 0


def part(report: dict[str, Any], name: str) -> dict[str, Any]:
    """A breakdown inside the report; empty where absent."""
    value = report.get(name)
    return value if isinstance(value, dict) else {}


def disjoint_input(prompt: int, cached: int, written: int) -> int:
    """The uncached rest of a prompt count that includes its cached and written tokens.

    Where they cannot be included (they are more than the whole), they were counted beside it.
    """
    if cached <= prompt:
        prompt -= cached
    return prompt - written if written <= prompt else prompt


def fuller(earlier: TokenUsage | None, later: TokenUsage) -> TokenUsage:
    """What two reports about the same answer say together: the larger input side and the larger output side,
    each taken whole so that disjoint counters stay disjoint. The later one wins where they are equal.
    """
    if earlier is None:
        return later
    inputs = later if _input_side(later) >= _input_side(earlier) else earlier
    outputs = later if later.output >= earlier.output else earlier
    return TokenUsage(
        input=inputs.input,
        cache_read=inputs.cache_read,
        cache_write_5m=inputs.cache_write_5m,
        cache_write_1h=inputs.cache_write_1h,
        output=outputs.output,
        reasoning=outputs.reasoning,
    )


def _input_side(usage: TokenUsage) -> int:
    return usage.input + usage.cache_read + usage.cache_write_5m + usage.cache_write_1h


def given(raw: Raw) -> bool:
    """Whether a member is there and not null."""
    return len(raw) > 0 and bytes(raw) != b"null"


def text_size(raw: Raw) -> int:
    """UTF-8 bytes of a JSON string; 0 where absent or null; the length of its JSON for any other value."""
    if not len(raw):
        return 0
    text = bytes(raw)
    if text[0] != 0x22:
        return len(text) if text != b"null" else 0
    if b"\\" not in text:
        return len(text) - 2
    try:
        return len(msgspec.json.decode(text, type=str).encode())
    except BROKEN:
        return len(text) - 2
