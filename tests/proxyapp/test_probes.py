"""Whoever asks whether anybody is there gets a clean answer, without a key."""

import httpx
import pytest

from tests.support import wire
from tests.support.stack import Stack

CALLS = [
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/messages",
    "/v1beta/models/sandbox-gemini:generateContent",
]


def ask(stack: Stack, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.request(method, stack.base_url + path, headers=headers, timeout=wire.PATIENCE)


def test_it_works(stack: Stack) -> None:
    answer = ask(stack, "GET", "/v1/messages")
    assert answer.status_code == 405
    assert answer.json()["type"] == "error"
    assert "This endpoint works" in answer.json()["error"]["message"]
    assert f"POST {stack.base_url}/v1/messages" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    "path", ["/", "/api/hello", "/v1", "/anthropic", "/anthropic/", "/openai/v1", "/gemini"]
)
def test_the_doors(stack: Stack, path: str, method: str) -> None:
    answer = ask(stack, method, path)
    assert answer.status_code == 200
    assert answer.headers["x-trace-id"]
    assert bool(answer.content) == (method == "GET")


def test_a_base_names_its_endpoints(stack: Stack) -> None:
    said = ask(stack, "GET", "/openai/v1").json()
    assert stack.base_url + "/v1/chat/completions" in said["endpoints"]


@pytest.mark.parametrize("path", CALLS)
def test_options_names_the_methods_and_grants_no_page_anything(stack: Stack, path: str) -> None:
    asked = {"origin": "https://example.com", "access-control-request-method": "POST"}
    answer = ask(stack, "OPTIONS", path, asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_options_of_a_list(stack: Stack) -> None:
    assert ask(stack, "OPTIONS", "/v1/models").headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", CALLS)
def test_a_call_endpoint_says_how_it_is_called(stack: Stack, path: str) -> None:
    answer = ask(stack, "GET", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["x-should-retry"] == "false"
    assert "POST" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1//messages", "/messages", "/anthropic/v1/v1/messages"])
def test_a_call_by_another_spelling_is_answered_and_told(stack: Stack, key: str, path: str) -> None:
    answer = httpx.post(
        stack.base_url + path,
        json=wire.body("anthropic", "sandbox-claude"),
        headers=wire.headers("anthropic", key),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200
    assert answer.headers["x-gateway-path-normalized"] == "/v1/messages"


def test_the_header_survives_any_name_of_a_model(stack: Stack, key: str) -> None:
    answer = httpx.post(
        f"{stack.base_url}/v1/v1beta/models/%E2%82%AC%0D%0Ax:generateContent",
        json=wire.body("gemini", "x"),
        headers=wire.headers("gemini", key),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 400
    assert answer.headers["x-gateway-path-normalized"] == "/v1beta/models/%E2%82%AC%0D%0Ax:generateContent"


def test_a_list_by_another_spelling(stack: Stack, key: str) -> None:
    answer = ask(stack, "GET", "/anthropic/v1/v1/models", wire.headers("gemini", key))
    assert answer.status_code == 200
    assert answer.headers["x-gateway-path-normalized"] == "/anthropic/v1/models"


def test_the_right_spelling_is_not_remarked_upon(stack: Stack, key: str) -> None:
    answer = wire.post(stack, key, "anthropic", "sandbox-claude")
    assert "x-gateway-path-normalized" not in answer.headers
