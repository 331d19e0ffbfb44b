"""One call over the wire, the shortest way."""

from typing import Any

import httpx

from tests.support.stack import Stack


def ask(
    stack: Stack, key: str, text: str = "Hello", model: str = "sandbox-claude", **body: Any
) -> httpx.Response:
    """An Anthropic Messages call, read to its end."""
    return httpx.post(
        f"{stack.base_url}/v1/messages",
        headers={"x-api-key": key, "anthropic-version": "2023-06-01", "x-sandbox-tag": body.pop("tag", "-")},
        json={
            "model": model,
            "max_tokens": 200,
            "messages": [{"role": "user", "content": text}],
            **body,
        },
        timeout=30,
    )
