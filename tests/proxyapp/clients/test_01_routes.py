"""Point 1: the routes that clients ask for, by path and not by the whole address."""

import httpx
import pytest

from tests.support import wire
from tests.support.stack import Stack

CALLS = [
    ("anthropic", "/v1/messages"),
    ("anthropic", "/anthropic/v1/messages"),
    ("openai_chat", "/v1/chat/completions"),
    ("openai_chat", "/openai/v1/chat/completions"),
    ("openai_chat", "/openai/chat/completions"),
    ("openai_responses", "/v1/responses"),
    ("openai_responses", "/openai/v1/responses"),
    ("openai_responses", "/openai/responses"),
    ("gemini", "/v1beta/models/sandbox-gemini:generateContent"),
    ("gemini", "/v1/models/sandbox-gemini:generateContent"),
    ("gemini", "/gemini/v1beta/models/sandbox-gemini:generateContent"),
    ("gemini", "/gemini/v1/models/sandbox-gemini:generateContent"),
]
MODELS = {
    "anthropic": "sandbox-claude",
    "openai_chat": "sandbox-gpt",
    "openai_responses": "sandbox-gpt",
    "gemini": "sandbox-gemini",
}


def call(stack: Stack, key: str, protocol: str, path: str) -> httpx.Response:
    return httpx.post(
        stack.base_url + path,
        json=wire.body(protocol, MODELS[protocol]),
        headers=wire.headers(protocol, key),
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, key: str) -> None:
    assert call(stack, key, "anthropic", "/v1/messages").status_code == 200


@pytest.mark.parametrize(("protocol", "path"), CALLS)
def test_every_route(stack: Stack, key: str, protocol: str, path: str) -> None:
    answer = call(stack, key, protocol, path)
    assert answer.status_code == 200
    assert "x-gateway-path-normalized" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/models", "/openai/v1/models", "/openai/models", "/v1beta/models"])
def test_every_list(stack: Stack, key: str, path: str) -> None:
    answer = httpx.get(stack.base_url + path, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200


def test_what_claude_code_adds(stack: Stack, key: str) -> None:
    assert call(stack, key, "anthropic", "/v1/messages?beta=true").status_code == 200


def test_what_gemini_adds(stack: Stack, key: str) -> None:
    path = "/v1beta/models/sandbox-gemini:streamGenerateContent?alt=sse"
    answer = call(stack, key, "gemini", path)
    assert answer.headers["content-type"].startswith("text/event-stream")
