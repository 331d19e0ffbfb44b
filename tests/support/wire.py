"""Calls over the bare wire in every protocol: nothing of an SDK between a test and the bytes."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.stack import Stack

PROTOCOLS = ("anthropic", "openai_chat", "openai_responses", "gemini")
PATIENCE = 30.0
_number = itertools.count(1)


def fresh_tag() -> str:
    """Under which the sandbox counts the calls of one test."""
    return f"tag-{os.getpid()}-{next(_number)}"


def path(protocol: str, model: str, *, stream: bool = False) -> str:
    """Where this protocol sends a call."""
    verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return {
        "anthropic": "/anthropic/v1/messages",
        "openai_chat": "/openai/v1/chat/completions",
        "openai_responses": "/openai/v1/responses",
        "gemini": f"/gemini/v1beta/models/{model}:{verb}",
    }[protocol]


def body(
    protocol: str, model: str, text: str = "Hello", *, stream: bool = False, ceiling: int = 200
) -> dict[str, Any]:
    """A call that says `text` and wants at most `ceiling` tokens."""
    messages = [{"role": "user", "content": text}]
    asked: dict[str, Any] = {"model": model, "stream": stream}
    match protocol:
        case "anthropic":
            return asked | {"max_tokens": ceiling, "messages": messages}
        case "openai_chat":
            return asked | {"max_completion_tokens": ceiling, "messages": messages}
        case "openai_responses":
            return asked | {"max_output_tokens": ceiling, "input": text}
    contents = [{"role": "user", "parts": [{"text": text}]}]
    return {"contents": contents, "generationConfig": {"maxOutputTokens": ceiling}}


def headers(protocol: str, key: str, *, script: str = "", tag: str = "") -> dict[str, str]:
    """The key where this protocol carries it, and what the sandbox shall play."""
    carrier = {
        "anthropic": {"x-api-key": key, "anthropic-version": "2023-06-01"},
        "gemini": {"x-goog-api-key": key},
    }.get(protocol, {"authorization": f"Bearer {key}"})
    played = {"x-sandbox-script": script, "x-sandbox-tag": tag}
    return carrier | {name: value for name, value in played.items() if value}


def post(
    stack: Stack,
    key: str,
    protocol: str,
    model: str,
    text: str = "Hello",
    *,
    stream: bool = False,
    ceiling: int = 200,
    script: str = "",
    tag: str = "",
) -> httpx.Response:
    """One call, read to its end."""
    return httpx.post(
        stack.base_url + path(protocol, model, stream=stream),
        json=body(protocol, model, text, stream=stream, ceiling=ceiling),
        headers=headers(protocol, key, script=script, tag=tag),
        timeout=PATIENCE,
    )


@contextmanager
def streaming(
    stack: Stack,
    key: str,
    protocol: str,
    model: str,
    text: str = "Hello",
    *,
    ceiling: int = 200,
    script: str = "",
    tag: str = "",
) -> Iterator[httpx.Response]:
    """A streamed call whose answer has begun; leaving the block early hangs up."""
    with httpx.stream(
        "POST",
        stack.base_url + path(protocol, model, stream=True),
        json=body(protocol, model, text, stream=True, ceiling=ceiling),
        headers=headers(protocol, key, script=script, tag=tag),
        timeout=PATIENCE,
    ) as answer:
        yield answer
