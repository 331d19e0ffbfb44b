"""Inputs that a request only points at: their size is not in the body, so they are counted."""

from collections.abc import Iterator
from typing import Any

from proxyapp.protocols.body import read_any


def objects(body: bytes) -> Iterator[dict[str, Any]]:
    """Every JSON object in the body, at any depth, in no particular order."""
    waiting = [read_any(body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
