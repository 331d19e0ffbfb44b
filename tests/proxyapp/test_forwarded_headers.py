"""What travels to the provider: what the client says about its call, nothing about the client."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support import provider, sandbox, wire
from tests.support.offers import offer
from tests.support.provider import Played, Received
from tests.support.stack import Stack

PRIVATE = {
    "authorization": "Bearer {key}",
    "x-api-key": "{key}",
    "x-goog-api-key": "{key}",
    "api-key": "{key}",
    "cookie": "session=secret",
    "x-auth-token": "secret",
    "forwarded": "for=192.0.2.1",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "inner.example.org",
    "x-forwarded-whatever": "yes",
    "x-real-ip": "192.0.2.1",
    "x-client-ip": "192.0.2.1",
    "true-client-ip": "192.0.2.1",
    "cf-connecting-ip": "192.0.2.1",
    "via": "1.1 proxy.example.org",
    "origin": "https://inner.example.org",
    "referer": "https://inner.example.org/chat",
    "sec-fetch-mode": "cors",
    "proxy-authorization": "Basic cHJveHk=",
    "openai-organization": "org-client",
    "openai-project": "proj-client",
    "te": "trailers",
    "expect": "100-continue",
    "x-gateway-debug": "1",
}
PUBLIC = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "context-1m-2025-08-07,interleaved-thinking-2025-05-14",
    "user-agent": "claude-cli/2.1.0",
    "accept": "text/event-stream",
    "x-stainless-lang": "python",
    "x-unknown-to-us": "travels",
    "content-type": "application/json; charset=utf-8",
}
SAID = b'{"content":[],"usage":{"input_tokens":1,"output_tokens":1},"stop_reason":"end_turn"}'


@pytest.fixture(scope="module")
def played(stack: Stack) -> Iterator[Played]:
    with provider.playing(provider.whole(SAID)) as started:
        yield started


@pytest.fixture(scope="module")
def model(played: Played) -> str:
    return provider.offer_over(provider.provider_at(played.url), protocol="anthropic")


def forwarded(stack: Stack, played: Played, model: str, headers: dict[str, str]) -> Received:
    answer = httpx.post(
        f"{stack.base_url}/v1/messages?key={headers.get('x-api-key', '')}",
        json=wire.body("anthropic", model),
        headers=headers,
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200
    return played.received[-1]


def test_it_works(stack: Stack, played: Played, model: str, key: str) -> None:
    seen = forwarded(stack, played, model, {"x-api-key": key, "x-unknown-to-us": "travels"})
    assert seen.values(b"x-unknown-to-us") == [b"travels"]
    assert seen.values(b"x-api-key") == [provider.SECRET.encode()]


@pytest.mark.parametrize("name", PRIVATE)
def test_what_never_travels(stack: Stack, played: Played, model: str, key: str, name: str) -> None:
    value = PRIVATE[name].format(key=key)
    seen = forwarded(stack, played, model, {"x-api-key": key, name: value})
    assert value.encode() not in seen.values(name.encode())
    assert key.encode() not in seen.line + b"".join(value for _, value in seen.headers)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_does(stack: Stack, played: Played, model: str, key: str, name: str) -> None:
    seen = forwarded(stack, played, model, {"x-api-key": key, name: PUBLIC[name]})
    assert seen.values(name.encode()) == [PUBLIC[name].encode()]


def test_headers_named_by_connection_end_here(stack: Stack, played: Played, model: str, key: str) -> None:
    headers = {"x-api-key": key, "connection": "keep-alive, X-Hop", "x-hop": "1", "x-stays": "1"}
    seen = forwarded(stack, played, model, headers)
    assert seen.values(b"x-hop") == []
    assert seen.values(b"x-stays") == [b"1"]


def test_answers_are_asked_for_unpacked(stack: Stack, played: Played, model: str, key: str) -> None:
    seen = forwarded(stack, played, model, {"x-api-key": key, "accept-encoding": "gzip, br, zstd"})
    assert seen.values(b"accept-encoding") == [b"identity"]


def test_the_host_is_the_providers(stack: Stack, played: Played, model: str, key: str) -> None:
    seen = forwarded(stack, played, model, {"x-api-key": key, "host": "tollgate.example.org"})
    assert seen.values(b"host") == [played.url.removeprefix("http://").encode()]


def test_a_header_given_twice_travels_twice(stack: Stack, played: Played, model: str, key: str) -> None:
    with httpx.Client(headers=[("x-api-key", key), ("x-twice", "1"), ("x-twice", "2")]) as http:
        assert http.post(f"{stack.base_url}/v1/messages", json=wire.body("anthropic", model)).is_success
    assert played.received[-1].values(b"x-twice") == [b"1", b"2"]


@pytest.mark.parametrize(
    ("protocol", "carrier"),
    [("openai_chat", "authorization"), ("openai_responses", "authorization"), ("gemini", "x-goog-api-key")],
)
def test_our_credential_goes_where_the_protocol_wants_it(
    stack: Stack, key: str, protocol: str, carrier: str
) -> None:
    tag = wire.fresh_tag()
    wire.post(stack, key, protocol, offer(protocol), tag=tag)
    seen = sandbox.last(tag)
    assert seen.header(carrier)
    assert all(key not in value for _, value in seen.headers)
    assert len({"authorization", "x-api-key", "x-goog-api-key"} & {name for name, _ in seen.headers}) == 1
