"""Point 2: one path, `/v1/models`, in three dialects; the headers tell which. And what the rows say."""

from typing import Any

import anthropic
import httpx
import openai
import pytest
from google import genai
from google.genai import types

from tests.support.offers import offer, per_call
from tests.support.stack import Stack

ANTHROPIC = {"anthropic-version": "2023-06-01"}
GEMINI = {"x-goog-api-client": "google-genai-sdk/3.4.0"}


def ask(
    stack: Stack, key: str, path: str = "/v1/models", headers: dict[str, str] | None = None
) -> httpx.Response:
    said = {"authorization": f"Bearer {key}"} | (headers or {})
    return httpx.get(stack.base_url + path, headers=said, timeout=30)


def listed(stack: Stack, key: str, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = ask(stack, key, path, headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_it_works(stack: Stack, key: str) -> None:
    assert listed(stack, key, "/v1/models")["object"] == "list"
    assert "first_id" in listed(stack, key, "/v1/models", ANTHROPIC)
    assert listed(stack, key, "/v1/models", GEMINI)["models"]


def test_the_official_sdks(stack: Stack, key: str) -> None:
    name = "sandbox-claude"
    with openai.OpenAI(api_key=key, base_url=f"{stack.base_url}/v1") as sdk:
        assert name in [model.id for model in sdk.models.list()]
        assert sdk.models.retrieve(name).id == name
    with anthropic.Anthropic(api_key=key, base_url=stack.base_url) as other:
        assert name in [model.id for model in other.models.list(limit=2)]
        assert other.models.retrieve(name).max_tokens
    google = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=stack.base_url))
    assert f"models/{name}" in [model.name for model in google.models.list(config={"page_size": 2})]
    assert google.models.get(model=name).input_token_limit
    google.close()


def test_an_openai_row_tells_size_and_price(stack: Stack, key: str) -> None:
    row = listed(stack, key, f"/v1/models/{offer('openai_chat')}")
    assert row["object"] == "model"
    assert row["context_length"] > 0
    assert row["max_output_tokens"] > 0
    assert row["pricing"] == {
        "currency": "USD",
        "per": "million",
        "input": "3",
        "output": "15",
        "cache_read": "0.3",
        "cache_write_5m": "3.75",
        "cache_write_1h": "6",
    }


def test_a_price_per_call_is_told_as_such(stack: Stack, key: str) -> None:
    row = listed(stack, key, f"/v1/models/{offer('openai_chat', rates=per_call(1_500_000))}")
    assert (row["pricing"]["per_call"], row["pricing"]["input"]) == ("0.0015", "0")


def test_an_anthropic_row_tells_the_size(stack: Stack, key: str) -> None:
    row = listed(stack, key, f"/v1/models/{offer('anthropic')}", ANTHROPIC)
    assert row["type"] == "model"
    assert row["max_input_tokens"] > 0
    assert row["max_tokens"] > 0


def test_a_gemini_row_tells_the_size(stack: Stack, key: str) -> None:
    row = listed(stack, key, f"/v1beta/models/{offer('gemini')}")
    assert row["inputTokenLimit"] > 0
    assert row["outputTokenLimit"] > 0


def test_what_cannot_be_called_is_not_listed(stack: Stack, key: str) -> None:
    name = offer()
    assert name not in ask(stack, key).text
    assert ask(stack, key, f"/v1/models/{name}").status_code == 404


def test_pages_of_anthropics_list(stack: Stack, key: str) -> None:
    whole = [row["id"] for row in listed(stack, key, "/v1/models", ANTHROPIC)["data"]]
    first = listed(stack, key, "/v1/models?limit=2", ANTHROPIC)
    assert [row["id"] for row in first["data"]] == whole[:2]
    assert (first["has_more"], first["last_id"]) == (True, whole[1])
    second = listed(stack, key, f"/v1/models?limit=1&after_id={whole[1]}", ANTHROPIC)
    assert [row["id"] for row in second["data"]] == whole[2:3]
    before = listed(stack, key, f"/v1/models?limit=1&before_id={whole[2]}", ANTHROPIC)
    assert [row["id"] for row in before["data"]] == whole[1:2]


def test_pages_of_geminis_list(stack: Stack, key: str) -> None:
    whole = [row["name"] for row in listed(stack, key, "/v1beta/models")["models"]]
    first = listed(stack, key, "/v1beta/models?pageSize=2")
    assert [row["name"] for row in first["models"]] == whole[:2]
    second = listed(stack, key, f"/v1beta/models?pageSize=1&pageToken={first['nextPageToken']}")
    assert [row["name"] for row in second["models"]] == whole[2:3]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1001", "1" * 5_000])
def test_a_size_that_is_none(stack: Stack, key: str, limit: str) -> None:
    answer = ask(stack, key, f"/v1/models?limit={limit}")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "limit"


def test_what_claude_code_asks_for(stack: Stack, key: str) -> None:
    said = ANTHROPIC | {"user-agent": "claude-code/2.1.329"}
    assert listed(stack, key, "/v1/models?limit=1000", said)["has_more"] is False


def test_what_codex_asks_for(stack: Stack, key: str) -> None:
    answer = ask(stack, key, "/v1/models?client_version=0.169.0")
    assert answer.json() == {"models": []}
    again = ask(stack, key, "/v1/models?client_version=0.169.0", {"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("headers", [{}, ANTHROPIC, GEMINI])
def test_a_list_is_for_who_has_a_key(stack: Stack, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{stack.base_url}/v1/models", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["x-should-retry"] == "false"
