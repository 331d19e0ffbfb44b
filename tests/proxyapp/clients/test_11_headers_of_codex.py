"""Point 11: a provider's name for the model stays here; the state of a Codex turn travels both ways."""

import httpx

from tests.support import provider, wire
from tests.support.provider import JSON
from tests.support.stack import Stack

SAID = b'{"id":"r","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}'
TOLD = ((b"openai-model", b"gpt-another"), (b"x-codex-turn-state", b"sticky-1"))


def test_it_works(stack: Stack, key: str) -> None:
    with provider.playing(provider.whole(SAID, JSON, *TOLD)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_responses")
        answer = wire.post(stack, key, "openai_responses", model)
    assert answer.status_code == 200
    assert "openai-model" not in answer.headers
    assert answer.headers["x-codex-turn-state"] == "sticky-1"


def test_what_codex_sends_back_reaches_the_provider(stack: Stack, key: str) -> None:
    with provider.playing(provider.whole(SAID)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_responses")
        answer = httpx.post(
            f"{stack.base_url}/v1/responses",
            json=wire.body("openai_responses", model),
            headers=wire.headers("openai_responses", key) | {"x-codex-turn-state": "sticky-1"},
            timeout=wire.PATIENCE,
        )
    assert answer.status_code == 200
    assert played.received[-1].values(b"x-codex-turn-state") == [b"sticky-1"]
