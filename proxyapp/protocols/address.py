"""Where a request is sent: a provider's base URL, as operators write it, and the path of the protocol.

A base URL works with and without a slash at its end, and with and without the version segment:
`https://api.openai.com`, `https://api.openai.com/` and `https://api.openai.com/v1` are the same.
"""

import re
from functools import lru_cache

_VERSION = re.compile(r"v\d+[a-z0-9]*")


@lru_cache(maxsize=1024)
def versioned(base_url: str, version: str) -> str:
    """The base with its version segment: its own where it ends in one, else `version` put after it."""
    base, segments = _taken_apart(base_url)
    return base if any(map(_VERSION.fullmatch, segments[-1:])) else f"{base}/{version}"


@lru_cache(maxsize=1024)
def versioned_anywhere(base_url: str, version: str) -> str:
    """The same, but any segment that looks like a version counts: `…/v1beta/openai` is complete."""
    base, segments = _taken_apart(base_url)
    return base if any(map(_VERSION.fullmatch, segments)) else f"{base}/{version}"


def _taken_apart(base_url: str) -> tuple[str, list[str]]:
    base = base_url.strip().rstrip("/")
    return base, base.partition("://")[2].split("/")[1:]
