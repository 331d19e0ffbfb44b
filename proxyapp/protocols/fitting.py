"""Names of tools as a provider takes them. What had to be changed is changed back in the answer."""

import hashlib
import re

from proxyapp.protocols.canonical import Tool

MOST = 64
_OTHER = re.compile(r"[^A-Za-z0-9_-]")
_DIGEST = 12


def fitting(name: str, allowed: re.Pattern[str]) -> str:
    """The name where all of it is allowed, else one of at most 64 characters, readable at its beginning."""
    if allowed.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    fit = f"{_OTHER.sub('_', name)[: MOST - _DIGEST - 2]}_{digest}"
    return fit if allowed.fullmatch(fit) else f"_{fit}"


def renamed(tools: list[Tool], allowed: re.Pattern[str]) -> dict[str, str]:
    """The names that had to be changed, as written: the flat names."""
    names = {fitting(tool.flat_name, allowed): tool.flat_name for tool in tools if not tool.hosted}
    return {written: name for written, name in names.items() if written != name}
