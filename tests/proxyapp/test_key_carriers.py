"""A key is found wherever a client puts it, and forgiven what copying did to it."""

import httpx
import pytest

from tests.support import wire
from tests.support.offers import offer
from tests.support.stack import Stack


def ask(stack: Stack, headers: dict[str, str], query: str = "") -> httpx.Response:
    """A call that the given headers, or the query, must identify."""
    return httpx.post(
        f"{stack.base_url}/v1beta/models/sandbox-gemini:generateContent{query}",
        json=wire.body("gemini", "sandbox-gemini"),
        headers=headers,
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, key: str) -> None:
    assert ask(stack, {"authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-goog-api-key", "X-API-Key"])
def test_every_header_that_clients_use(stack: Stack, key: str, header: str) -> None:
    assert ask(stack, {header: key}).status_code == 200


def test_the_query_of_a_gemini_path(stack: Stack, key: str) -> None:
    assert ask(stack, {}, f"?key={key}").status_code == 200


@pytest.mark.parametrize(
    "written",
    [
        "Bearer {key}",
        "bearer   {key}",
        "Bearer Bearer {key}",
        "BEARER bearer {key}",
        '"{key}"',
        "'{key}'",
        'Bearer "{key}"',
        '"Bearer {key}"',
        '" {key} "',
    ],
)
def test_what_copying_does_to_a_key(stack: Stack, key: str, written: str) -> None:
    assert ask(stack, {"authorization": written.format(key=key)}).status_code == 200


def test_the_same_key_in_all_places(stack: Stack, key: str) -> None:
    headers = {"authorization": f"Bearer {key}", "x-api-key": f'"{key}"', "x-goog-api-key": key}
    assert ask(stack, headers, f"?key={key}").status_code == 200


def test_an_empty_carrier_beside_a_full_one(stack: Stack, key: str) -> None:
    assert ask(stack, {"authorization": "Bearer", "x-api-key": key}).status_code == 200


@pytest.mark.parametrize("beside", ["any-value", "any", "your-api-key-here", "$ANTHROPIC_API_KEY"])
def test_a_placeholder_beside_a_key_is_none(stack: Stack, key: str, beside: str) -> None:
    assert ask(stack, {"authorization": f"Bearer {key}", "x-api-key": beside}).status_code == 200


def test_two_keys_are_refused(stack: Stack, key: str) -> None:
    answer = ask(stack, {"authorization": "Bearer some-older-key", "x-api-key": key})
    assert answer.status_code == 401
    assert "more than one API key" in answer.json()["error"]["message"]


def test_two_keys_in_one_header_are_refused(stack: Stack, key: str) -> None:
    with httpx.Client(headers=[("x-api-key", key), ("x-api-key", "some-older-key")]) as http:
        answer = http.post(
            f"{stack.base_url}/v1/messages", json=wire.body("anthropic", "sandbox-claude"), timeout=30
        )
    assert answer.status_code == 401


def test_a_header_and_the_query_that_differ_are_refused(stack: Stack, key: str) -> None:
    assert ask(stack, {"x-goog-api-key": key}, "?key=AIzaSomething").status_code == 401


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_any_carrier_in_any_protocol(stack: Stack, key: str, protocol: str) -> None:
    model = offer(protocol)
    for header in ("authorization", "x-api-key", "x-goog-api-key"):
        answer = httpx.post(
            stack.base_url + wire.path(protocol, model),
            json=wire.body(protocol, model),
            headers={header: key, "anthropic-version": "2023-06-01"},
            timeout=wire.PATIENCE,
        )
        assert answer.status_code == 200
