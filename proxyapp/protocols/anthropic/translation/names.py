"""Ids of calls and names of tools: Anthropic takes letters, digits, `_` and `-` only.

Any other character becomes `_x`, its code point in hex, `_`, and back again: `a.b` is `a_x2e_b`.
"""

import re

_UNFIT = re.compile(r"[^A-Za-z0-9_-]|_(?=x[0-9a-f]*_)")
_ESCAPE = re.compile(r"_x([0-9a-f]{1,6})_")


def escaped(name: str) -> str:
    """The name in Anthropic's alphabet; most are it already. An empty one becomes `_x_`."""
    return _UNFIT.sub(lambda found: f"_x{ord(found[0]):x}_", name) or "_x_"


def unescaped(name: str) -> str:
    """The name that was escaped."""
    if "_x" not in name:
        return name
    return "" if name == "_x_" else _ESCAPE.sub(_character, name)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    is_character = code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if is_character else found[0]
