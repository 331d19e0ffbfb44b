"""Scripts: what a model name or the ``x-sandbox-script`` header asks the sandbox to play.

Grammar: ``anything~verb-argument~verb-argument``; only characters that need no escaping in a URL.
The verbs are listed in README.md.
"""

from functools import lru_cache

import msgspec

LARGEST = 10_000_000
LARGEST_COUNTER = 10**15
DEFAULT_CHUNKS = 6


class ScriptError(ValueError):
    """The script says something that the sandbox does not know."""


class Script(msgspec.Struct, frozen=True):
    """A parsed script; the fields are the verbs. Times are milliseconds, ``retryafter`` is seconds."""

    delay: int = 0
    pace: int = 0
    chunks: int = DEFAULT_CHUNKS
    output: int | None = None
    thinking: int | None = None
    cached: int = 0
    status: int | None = None
    retryafter: int | None = None
    times: int | None = None
    cut: int | None = None
    hang: int | None = None
    errorat: int | None = None
    big: int = 0
    usage: tuple[int, int] | None = None
    nousage: bool = False
    badusage: bool = False
    text: bool = False
    tool: bool = False
    empty: bool = False
    render: int | None = None
    fails: bool = False
    stubborn: bool = False
    tokens: bool = False
    tag: str = ""

    def healed(self) -> "Script":
        """The same script without its faults: what is played once ``times`` is used up."""
        return msgspec.structs.replace(self, status=None, cut=None, hang=None, errorat=None, empty=False)


_FLAGS = frozenset({"nousage", "badusage", "text", "tool", "empty", "tokens", "fails", "stubborn"})
_NUMBERS = frozenset(
    {"delay", "pace", "chunks", "output", "thinking", "cached", "status", "retryafter"}
    | {"times", "cut", "hang", "errorat", "big", "render"}
)


@lru_cache(maxsize=2048)
def parse(model: str, header: str = "") -> Script:
    """The script of a model name, with the header's verbs after it (a later verb wins).

    Raises ScriptError naming the first word that is not understood.
    """
    if header and "~" not in header:
        raise ScriptError(f"x-sandbox-script {header!r} has no verb: write ~verb-argument")
    words = model.split("~")[1:] + header.split("~")[1:]
    return msgspec.convert(dict(_verb(word) for word in words), Script)


def _verb(word: str) -> tuple[str, int | bool | str | tuple[int, int]]:
    name, dash, argument = word.partition("-")
    if name in _FLAGS and not dash:
        return name, True
    if name in _NUMBERS:
        return name, _number(word, name, argument)
    if name == "usage":
        return name, _pair(word, argument)
    if name == "tag" and argument:
        return name, argument
    raise ScriptError(f"unknown verb {word!r} in the sandbox script")


def _number(word: str, name: str, argument: str) -> int:
    number = _digits(word, argument, LARGEST)
    if name == "status" and not 400 <= number <= 599:
        raise ScriptError(f"{word!r} in the sandbox script: the status must be 400 to 599")
    if name == "chunks" and number < 1:
        raise ScriptError(f"{word!r} in the sandbox script: at least one chunk")
    return number


def _pair(word: str, argument: str) -> tuple[int, int]:
    left, _, right = argument.partition(".")
    return _digits(word, left, LARGEST_COUNTER), _digits(word, right, LARGEST_COUNTER)


def _digits(word: str, text: str, largest: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) > largest:
        raise ScriptError(f"{word!r} in the sandbox script: a whole number from 0 to {largest} is needed")
    return int(text)
