"""A prompt that does not fit, explained: how long it is, how long it may be, what is kept for the answer, and
which message is the largest.

Claude Code reads the two numbers of `prompt is too long: N tokens > M maximum`, Codex the code
`context_length_exceeded`; both then shorten the conversation instead of repeating it.
"""

import re
from typing import Any

import msgspec

from proxyapp.errors import UpstreamRefused
from proxyapp.protocols.base import Call
from proxyapp.protocols.counting import BROKEN

_TOO_LONG = re.compile(
    r"prompt is too long|context (window|length)|context_length_exceeded|maximum context"
    r"|exceeds? the maximum number of tokens|input token count|too many (input )?tokens|input is too long",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w-])(?:\d{1,3}(?:,\d{3})+|\d{3,9})(?!\w)")  # no piece of a name, date or id
_BYTES_PER_TOKEN = 4
_LISTS = ("messages", "input", "contents")


def is_about_length(words: str) -> bool:
    """Whether a provider's refusal says that the prompt is too long."""
    return _TOO_LONG.search(words) is not None


def too_long(call: Call, words: str, context_tokens: int, reserved: int) -> UpstreamRefused:
    """The refusal to tell. The provider's own numbers where it gives two, else our estimate and the model's
    published size; `reserved` is the ceiling of the answer.
    """
    found = sorted({int(number.replace(",", "")) for number in _NUMBER.findall(words)})
    limit, counted = found[-2:] if len(found) > 1 else (context_tokens, _tokens(call.body))
    counted = max(counted, limit + 1)  # an estimate may be below what it is known to be above
    largest = largest_message(call.body)
    where = (
        f" The largest part of it is {largest['path']}, about {largest['tokens']} tokens." if largest else ""
    )
    return UpstreamRefused(
        f"prompt is too long: {counted} tokens > {limit} maximum",
        code="context_length_exceeded",
        status=400,
        hint=f"Shorten the conversation; {reserved} tokens are kept for the answer.{where}",
        counted_tokens=counted,
        limit_tokens=limit,
        output_reserve=reserved,
        largest_message=largest,
    )


def largest_message(body: bytes) -> dict[str, Any]:
    """Path, role and estimated tokens of the largest message; empty where there is none."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        name = next(name for name in _LISTS if name in fields)
        entries = msgspec.json.decode(fields[name], type=list[msgspec.Raw])
    except (*BROKEN, StopIteration):
        return {}
    if not entries:
        return {}
    index, entry = max(enumerate(entries), key=lambda pair: len(pair[1]))
    return {"path": f"{name}[{index}]", "role": _role(entry), "tokens": _tokens(entry)}


def _role(entry: msgspec.Raw) -> str:
    try:
        role = msgspec.json.decode(entry)["role"]
    except (*BROKEN, KeyError, TypeError):
        return ""
    return role if isinstance(role, str) else ""


def _tokens(text: bytes | msgspec.Raw) -> int:
    return -(-len(text) // _BYTES_PER_TOKEN)
