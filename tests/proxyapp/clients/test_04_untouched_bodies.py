"""Point 4: bodies, beta flags and unknown fields pass untouched; signatures come back byte for byte."""

import httpx

from tests.support import provider, wire
from tests.support.provider import Received
from tests.support.stack import Stack

SIGNED = (
    b'{ "model":"%b", "max_tokens": 10,"brand_new":{"a":[1e2,"\\u00e9"]},\n "messages":[{"role":"user",'
    b'"content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"Er\\/+="}]}]}'
)
ANSWER = b'{"content":[],"usage":{"input_tokens":1,"output_tokens":1},"stop_reason":"end_turn"}'


def forwarded(stack: Stack, key: str, headers: dict[str, str]) -> tuple[bytes, Received]:
    """What was sent, and what has come of it."""
    with provider.playing(provider.whole(ANSWER)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        body = SIGNED % model.encode()
        said = wire.headers("anthropic", key) | headers
        answer = httpx.post(f"{stack.base_url}/v1/messages?beta=true", content=body, headers=said, timeout=30)
    assert (answer.status_code, answer.content) == (200, ANSWER)
    return body, played.received[-1]


def test_it_works(stack: Stack, key: str) -> None:
    sent, received = forwarded(stack, key, {})
    assert received.body == sent


def test_beta_flags(stack: Stack, key: str) -> None:
    flags = "claude-code-20250219,interleaved-thinking-2025-05-14,brand-new-2027-01-01"
    _, received = forwarded(stack, key, {"anthropic-beta": flags})
    assert received.values(b"anthropic-beta") == [flags.encode()]
