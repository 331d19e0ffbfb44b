"""Where there is nothing, or not with this method, or not this model: the client is shown the way."""

import httpx
import pytest

from tests.support import wire
from tests.support.offers import offer
from tests.support.stack import Stack

SKINS = [
    ("/v1/nothing-here", "openai"),
    ("/openai/v1/nothing", "openai"),
    ("/anthropic/v1/nothing", "anthropic"),
    ("/gemini/nothing", "gemini"),
    ("/v1beta/nothing", "gemini"),
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


@pytest.mark.parametrize("root", ["/v1beta", "/v1", "/gemini/v1"])
def test_a_verb_that_is_not_offered(stack: Stack, root: str) -> None:
    answer = ask(stack, "POST", f"{root}/models/some-model:predict")
    assert answer.status_code == 404
    assert skin_of(answer) == "gemini"


@pytest.mark.parametrize(
    ("headers", "skin"),
    [
        ({"anthropic-version": "2023-06-01"}, "anthropic"),
        ({"x-goog-api-key": "any"}, "gemini"),
        ({"x-goog-api-client": "google-genai-sdk/3.4.0"}, "gemini"),
        ({"authorization": "Bearer any"}, "openai"),
    ],
)
def test_where_the_path_does_not_tell_the_headers_do(
    stack: Stack, headers: dict[str, str], skin: str
) -> None:
    answer = httpx.post(f"{stack.base_url}/v1/nothing", headers=headers)
    assert answer.status_code == 404
    assert skin_of(answer) == skin


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/openai/v1/response", "/v1/responses"),
        ("/anthropic/v1/mesages", "/v1/messages"),
        ("/v1/model", "/v1/models"),
    ],
)
def test_the_closest_endpoint_is_offered(stack: Stack, path: str, meant: str) -> None:
    error = ask(stack, "POST", path).json()["error"]
    assert f"Did you mean {meant}?" in error["hint"]
    assert error["details"]["did_you_mean"] == meant
    assert error["details"]["url"] == stack.base_url + meant


def test_the_closest_verb_is_offered(stack: Stack) -> None:
    details = ask(stack, "POST", "/v1beta/models/g:generateContents").json()["error"]["details"]
    assert details[0]["metadata"]["did_you_mean"] == "/v1beta/models/g:generateContent"


@pytest.mark.parametrize("path", ["/v1things", "/geminis", "/openai.html"])
def test_what_only_begins_like_a_root_is_not_the_wires(stack: Stack, path: str) -> None:
    answer = ask(stack, "GET", path)
    assert answer.status_code == 404
    assert "json" not in answer.headers["content-type"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
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
