"""Point 3: the key in any carrier on any route, in several at once, and the version as the client says it."""

import httpx
import pytest

from tests.support import sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack

CARRIERS = ["authorization", "x-api-key", "x-goog-api-key", "?key="]
ROUTES = [*wire.PROTOCOLS, "models"]


def ask(stack: Stack, route: str, headers: dict[str, str], query: str = "") -> int:
    if route == "models":
        return httpx.get(f"{stack.base_url}/v1/models{query}", headers=headers).status_code
    model = offer(route)
    url = stack.base_url + wire.path(route, model) + query
    return httpx.post(url, json=wire.body(route, model), headers=headers, timeout=30).status_code


def test_it_works(stack: Stack, key: str) -> None:
    assert ask(stack, "anthropic", {"authorization": f"Bearer {key}"}) == 200


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_on_every_route(stack: Stack, key: str, route: str, carrier: str) -> None:
    if carrier == "?key=":
        assert ask(stack, route, {}, f"?key={key}") == 200
    else:
        assert ask(stack, route, {carrier: key}) == 200


def test_what_gemini_cli_sends_in_bearer_mode(stack: Stack, key: str) -> None:
    assert ask(stack, "gemini", {"authorization": f"Bearer {key}", "x-goog-api-key": key}) == 200


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
def test_the_version_passes_as_it_is(stack: Stack, key: str, version: str) -> None:
    tag = wire.fresh_tag()
    headers = {"authorization": f"Bearer {key}", "anthropic-version": version, "x-sandbox-tag": tag}
    assert ask(stack, "anthropic", headers) == 200
    assert sandbox.last(tag).header("anthropic-version") == version
