"""A provider that will not have thinking back is asked once more without it, and the client is told."""

from typing import Any

import httpx
import msgspec
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, wire
from tests.support.stack import Stack

WORDS = "messages.1.content.0: Invalid `signature` in `thinking` block"
TOO_LONG = "prompt is too long: 210000 tokens > 200000 maximum"
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "altered"}
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "Hi"}]},
    {"role": "user", "content": "How are you?"},
]
ANSWER = msgspec.json.encode(
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "Fine"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 2},
    }
)


def refusal(words: str) -> provider.Play:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    return provider.whole(msgspec.json.encode(error), status=400)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def ask(stack: Stack, issued: Issued, model: str) -> httpx.Response:
    return httpx.post(
        f"{stack.base_url}/anthropic/v1/messages",
        json={"model": model, "max_tokens": 100, "messages": HISTORY},
        headers=wire.headers("anthropic", issued.secret),
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, issued: Issued) -> None:
    with provider.playing(refusal(WORDS), provider.whole(ANSWER)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = ask(stack, issued, model)
    assert (answer.status_code, answer.headers["x-gateway-repaired"]) == (200, "thinking")
    before, after = (msgspec.json.decode(request.body)["messages"] for request in played.received)
    assert before == HISTORY
    assert after[1] == {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
    event = bills.of(issued.key)
    assert (event.input, event.output, event.outcome) == (11, 2, "completed")
    assert [attempt["status"] for attempt in event.attempts] == [400, 200]


def test_it_is_tried_once(stack: Stack, issued: Issued) -> None:
    with provider.playing(refusal(WORDS)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = ask(stack, issued, model)
    assert (answer.status_code, len(played.received)) == (400, 2)
    assert "Invalid `signature`" in answer.json()["error"]["message"]
    assert bills.of(issued.key).charged == 0


def test_other_refusals_are_not_repaired(stack: Stack, issued: Issued) -> None:
    with provider.playing(refusal("messages: text content blocks must be non-empty")) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        assert ask(stack, issued, model).status_code == 400
    assert len(played.received) == 1


def test_a_translated_call_is_repaired_as_well(stack: Stack, issued: Issued) -> None:
    """What an earlier route had signed comes back through a client of another protocol."""
    reasoning = {"type": "reasoning", "summary": [], "encrypted_content": "tollgate:anthropic:altered"}
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
    with provider.playing(refusal(WORDS), provider.whole(ANSWER)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = httpx.post(
            f"{stack.base_url}/openai/v1/responses",
            json={"model": model, "input": [{"role": "user", "content": "Hello"}, reasoning, message]}
            | {"reasoning": {"effort": "low"}, "store": False},
            headers=wire.headers("openai_responses", issued.secret),
            timeout=wire.PATIENCE,
        )
    assert (answer.status_code, answer.headers["x-gateway-repaired"]) == (200, "thinking")
    before, after = (msgspec.json.decode(request.body)["messages"] for request in played.received)
    assert before[1]["content"][0] == {"type": "thinking", "thinking": "", "signature": "altered"}
    assert [block["type"] for block in after[1]["content"]] == ["text"]


def test_what_another_provider_signed_is_not_sent(stack: Stack, issued: Issued) -> None:
    """The model's route has changed from Gemini to Anthropic in the middle of the conversation."""
    foreign = {**THOUGHT, "signature": "tollgate:gemini:c2VhbA=="}
    history = [HISTORY[0], {"role": "assistant", "content": [foreign, {"type": "text", "text": "Hi"}]}]
    with provider.playing(provider.whole(ANSWER)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        httpx.post(
            f"{stack.base_url}/anthropic/v1/messages",
            json={"model": model, "max_tokens": 100, "messages": [*history, HISTORY[2]]},
            headers=wire.headers("anthropic", issued.secret),
            timeout=wire.PATIENCE,
        )
    assert b"tollgate" not in played.received[0].body


@pytest.mark.parametrize("here", wire.PROTOCOLS)
def test_a_prompt_that_is_too_long_is_explained(stack: Stack, issued: Issued, here: str) -> None:
    with provider.playing(refusal(TOO_LONG)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, here, model, "A long story")
    assert answer.status_code == 400
    assert TOO_LONG in answer.text
    assert "is kept for the answer" in answer.text or "are kept for the answer" in answer.text
    assert "context_length_exceeded" in answer.text.lower()
