"""Where there is nothing, or not with this method, or not this model: the client is shown the way."""

import httpx
import pytest

from tests.support import wire
from tests.support.offers import offer
from tests.support.stack import Stack

SKINS = [
    ("/v1/nothing-here", "openai"),
    ("/v1", "openai"),
    ("/openai/v1/nothing", "openai"),
    ("/anthropic/v1/nothing", "anthropic"),
    ("/anthropic", "anthropic"),
    ("/gemini/nothing", "gemini"),
    ("/v1beta/nothing", "gemini"),
    ("/v1beta/models/some-model:asyncBatchEmbedContent", "gemini"),
    ("/v1/models/some-model:predict", "gemini"),
]
CALLS = [
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/responses/compact",
    "/v1/embeddings",
    "/v1/audio/speech",
    "/v1/messages/count_tokens",
    "/v1beta/models/sandbox-gemini:generateContent",
    "/v1beta/models/sandbox-gemini:embedContent",
    "/v1beta/models/sandbox-gemini:countTokens",
]


def skin_of(answer: httpx.Response) -> str:
    found = answer.json()
    if found.get("type") == "error":
        return "anthropic"
    return "gemini" if "status" in found["error"] else "openai"


def ask(stack: Stack, method: str, path: str) -> httpx.Response:
    return httpx.request(method, stack.base_url + path, timeout=wire.PATIENCE)


def test_it_works(stack: Stack) -> None:
    answer = ask(stack, "POST", "/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_path"
    assert "/v1/nothing-here" in answer.json()["error"]["message"]
    assert "base URL" in answer.json()["error"]["hint"]


@pytest.mark.parametrize(("path", "skin"), SKINS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_in_the_skin_of_its_root(stack: Stack, path: str, skin: str, method: str) -> None:
    answer = ask(stack, method, path)
    assert answer.status_code == 404
    assert skin_of(answer) == skin


@pytest.mark.parametrize("path", ["/v1things", "/geminis", "/openai.html"])
def test_what_only_begins_like_a_root_is_not_the_wires(stack: Stack, path: str) -> None:
    answer = ask(stack, "GET", path)
    assert answer.status_code == 404
    assert "json" not in answer.headers["content-type"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", CALLS)
def test_a_wrong_method_is_told_the_right_one(stack: Stack, path: str, method: str) -> None:
    answer = ask(stack, method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert method in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", CALLS)
def test_head_is_answered_without_a_body(stack: Stack, path: str) -> None:
    with httpx.Client(base_url=stack.base_url) as http:
        answer = http.head(path)
        assert (answer.status_code, answer.content) == (405, b"")
        assert answer.headers["x-trace-id"]
        assert http.head(path).status_code == 405  # the connection is still in step


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_a_model_at_the_wrong_endpoint(stack: Stack, key: str, protocol: str) -> None:
    other = "openai_chat" if protocol == "gemini" else "gemini"
    right = {"gemini": "/v1beta/models/{}:generateContent", "openai_chat": "/openai/v1/chat/completions"}
    model = offer(other)
    answer = wire.post(stack, key, protocol, model)
    assert answer.status_code == 400
    assert right[other].format(model) in answer.text


def test_a_model_without_a_route(stack: Stack, key: str) -> None:
    answer = wire.post(stack, key, "anthropic", offer())
    assert answer.status_code == 503
    assert "no route" in answer.json()["error"]["message"]


@pytest.mark.parametrize("prefix", ["", "/openai"])
def test_the_spellings_of_one_endpoint(stack: Stack, key: str, prefix: str) -> None:
    answer = httpx.post(
        f"{stack.base_url}{prefix}/v1/chat/completions",
        json=wire.body("openai_chat", "sandbox-gpt"),
        headers=wire.headers("openai_chat", key),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200
