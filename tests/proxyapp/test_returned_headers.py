"""What comes back: the answer, and nothing that tells whose it is."""

import httpx
import pytest

from tests.support import provider, wire
from tests.support.provider import EVENTS, JSON, Play
from tests.support.stack import Stack

TELLING = (
    (b"server", b"cloudflare"),
    (b"set-cookie", b"__cf_bm=secret; path=/"),
    (b"openai-organization", b"org-of-the-platform"),
    (b"openai-version", b"2020-10-01"),
    (b"anthropic-organization-id", b"0000-1111"),
    (b"anthropic-ratelimit-requests-remaining", b"3999"),
    (b"x-ratelimit-remaining-tokens", b"100"),
    (b"x-request-id", b"req_of_the_provider"),
    (b"request-id", b"req_of_the_provider"),
    (b"x-should-retry", b"true"),
    (b"retry-after", b"77"),
    (b"cf-ray", b"8a1b2c3d4e5f"),
    (b"via", b"1.1 google"),
    (b"alt-svc", b'h3=":443"'),
    (b"location", b"https://provider.example.org/"),
    (b"x-gateway-cost-usd", b"0.00"),
    (b"content-encoding", b"identity"),
)
SAID = b'{"content":[],"usage":{"input_tokens":1,"output_tokens":1},"stop_reason":"end_turn"}'
EXPECTED = {"content-type", "content-length", "x-trace-id", "x-request-id", "request-id"}


def returned(stack: Stack, key: str, play: Play, *, stream: bool = False) -> httpx.Response:
    with provider.playing(play) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        return wire.post(stack, key, "anthropic", model, stream=stream)


def test_it_works(stack: Stack, key: str) -> None:
    answer = returned(stack, key, provider.whole(SAID, JSON, *TELLING))
    assert answer.content == SAID
    assert set(answer.headers) == EXPECTED | {"x-gateway-cost-usd"}
    assert answer.headers["x-gateway-cost-usd"] != "0.00"
    assert "provider" not in str(answer.headers)


def test_a_stream(stack: Stack, key: str) -> None:
    said = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    length = (b"content-length", b"%d" % len(said))
    answer = returned(
        stack, key, lambda to: to.sendall(provider.head(200, EVENTS, *TELLING, length) + said), stream=True
    )
    assert answer.content == said
    expected = EXPECTED - {"content-length"} | {"cache-control", "transfer-encoding"}
    assert set(answer.headers) == expected


@pytest.mark.parametrize("status", [400, 404, 413, 422, 429, 500, 529])
def test_an_error(stack: Stack, key: str, status: int) -> None:
    answer = returned(stack, key, provider.whole(b'{"error":"no"}', JSON, *TELLING, status=status))
    assert set(answer.headers) <= EXPECTED | {"x-should-retry", "retry-after"}
    assert "req_of_the_provider" not in str(answer.headers)


def test_a_media_type_is_passed_on(stack: Stack, key: str) -> None:
    kind = (b"content-type", b"application/json; charset=utf-8")
    assert returned(stack, key, provider.whole(SAID, kind)).headers["content-type"] == kind[1].decode()


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307])
def test_a_success_of_another_kind_is_a_failure(stack: Stack, key: str, status: int) -> None:
    body = b"" if status == 204 else SAID
    answer = returned(stack, key, provider.whole(body, JSON, *TELLING, status=status))
    assert answer.status_code == 502
    assert "provider.example.org" not in answer.text
