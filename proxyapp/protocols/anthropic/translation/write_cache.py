"""Marks for the prompt cache."""

from typing import Any

from proxyapp.protocols.canonical import Cache


def marked(block: dict[str, Any], cache: Cache) -> dict[str, Any]:
    """The block with its mark, if it shall have one. Five minutes is what the provider takes unsaid."""
    if cache:
        block["cache_control"] = (
            {"type": "ephemeral"} if cache == "5m" else {"type": "ephemeral", "ttl": cache}
        )
    return block
