"""How many tokens a request has, as far as that can be known without its model."""

import re
from typing import Any

from proxyapp.protocols.body import read_any

BYTES_PER_TOKEN = 4
TOKENS_PER_MEDIUM = 1_500
"""About what providers count for an image of a million pixels."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_SHORTEST_MEDIUM = 1_024


def tokens(body: bytes) -> int:
    """Four bytes of text for a token, names of members included; inline media by the piece.

    The body is one that `read_body` has accepted.
    """
    text = media = 0
    waiting: list[Any] = [read_any(body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.keys())
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str) and _is_medium(node):
            media += 1
        elif isinstance(node, str):
            text += len(node.encode())
    return -(-text // BYTES_PER_TOKEN) + media * TOKENS_PER_MEDIUM


def _is_medium(text: str) -> bool:
    if len(text) < _SHORTEST_MEDIUM:
        return False
    return text.startswith("data:") or _BASE64.fullmatch(text) is not None
