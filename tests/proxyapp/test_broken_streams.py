"""After the first output there is no way back: a stream that breaks ends with the protocol's own error."""

import json
from typing import Any

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tokens import predict
from tests.support import bills, cast, provider, purse, sandbox, wire
from tests.support.offers import offer, price
from tests.support.stack import Stack
from tests.support.waiting import eventually

LONG = "~output-400~chunks-40"


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def events(text: str) -> list[dict[str, Any]]:
    """The payloads of an event stream, whatever its line ends."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    lines = [line for block in blocks for line in block.split("\n") if line.startswith("data: ")]
    return [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]


def broken(stack: Stack, issued: Issued, protocol: str, fault: str = "cut-20") -> str:
    model = offer(protocol, script=f"{LONG}~{fault}")
    answer = wire.post(stack, issued.secret, protocol, model, stream=True, ceiling=1000)
    assert answer.status_code == 200
    return answer.text


def test_it_works(stack: Stack, issued: Issued) -> None:
    last = events(broken(stack, issued, "anthropic"))[-1]
    assert last["type"] == "error"
    assert last["error"]["code"] == "upstream_interrupted"
    assert "broke off" in last["error"]["message"]
    assert bills.of(issued.key).outcome == "upstream_failed"


def test_openai_chat(stack: Stack, issued: Issued) -> None:
    text = broken(stack, issued, "openai_chat")
    assert events(text)[-1]["choices"][0]["finish_reason"] == "error"
    assert events(text)[-1]["error"]["code"] == "upstream_interrupted"
    assert text.endswith("data: [DONE]\n\n")


def test_openai_responses(stack: Stack, issued: Issued) -> None:
    last = events(broken(stack, issued, "openai_responses"))[-1]
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert last["sequence_number"] > 20


def test_gemini(stack: Stack, issued: Issued) -> None:
    last = events(broken(stack, issued, "gemini"))[-1]
    assert (last["error"]["code"], last["error"]["status"]) == (502, "UNAVAILABLE")


def test_geminis_array_stays_json(stack: Stack, issued: Issued) -> None:
    model = offer("gemini", script=f"{LONG}~cut-20")
    answer = httpx.post(
        stack.base_url + wire.path("gemini", model, stream=True).partition("?")[0],
        json=wire.body("gemini", model, ceiling=1000),
        headers=wire.headers("gemini", issued.secret),
        timeout=wire.PATIENCE,
    )
    assert "candidates" in answer.json()[0]
    assert answer.json()[-1]["error"]["status"] == "UNAVAILABLE"


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_what_arrived_is_charged_and_no_more(stack: Stack, issued: Issued, protocol: str) -> None:
    tag = wire.fresh_tag()
    model = offer(protocol, script=f"{LONG}~cut-20")
    wire.post(stack, issued.secret, protocol, model, stream=True, ceiling=1000, tag=tag)
    event = bills.of(issued.key)
    whole = predict(protocol, sandbox.last(tag).body, f"{model}{LONG}")
    assert (event.outcome, event.source) == ("upstream_failed", "estimated")
    assert event.input > 0
    assert abs(event.output - whole.output // 2) <= 2
    assert 0 < event.charged < price(whole)


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_there_is_only_one_attempt(stack: Stack, issued: Issued, protocol: str) -> None:
    broken(stack, issued, protocol)
    assert len(bills.of(issued.key).attempts) == 1


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_an_error_event_of_the_provider_is_passed_on_once(
    stack: Stack, issued: Issued, protocol: str
) -> None:
    text = broken(stack, issued, protocol, "errorat-20")
    assert "upstream_interrupted" not in text
    assert "scripted" in text or "error" in text
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("upstream_failed", "error_in_stream")
    assert event.output > 0


def test_a_stream_that_ends_in_order_but_too_early(stack: Stack, issued: Issued) -> None:
    said = (
        b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
        b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Four tokens here"}}\n\n'
    )
    with provider.playing(provider.chunked(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model, stream=True)
    assert events(answer.text)[-1]["type"] == "error"
    event = bills.of(issued.key)
    assert (event.error, event.input, event.output) == ("incomplete_stream", 7, 4)


def test_what_breaks_after_the_end_is_whole(stack: Stack, issued: Issued) -> None:
    said = (
        b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
        b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}\n\n'
        b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}\n\n'
        b'data: {"type":"message_stop"}\n\n'
    )
    with provider.playing(provider.chunked(said, ends=False)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model, stream=True)
    assert answer.content == said
    event = bills.of(issued.key)
    assert (event.outcome, event.source, event.output) == ("completed", "provider", 5)


def test_the_hold_is_given_back(stack: Stack, issued: Issued, acme: Organization) -> None:
    broken(stack, issued, "anthropic")
    bills.of(issued.key)
    eventually(lambda: purse.wallet(acme)["held"] == 0, seconds=1)


def test_an_unstreamed_answer_that_breaks_twice_is_an_error_and_free(stack: Stack, issued: Issued) -> None:
    answer = wire.post(stack, issued.secret, "anthropic", offer("anthropic", script="~cut-1"))
    assert answer.status_code == 502
    event = bills.of(issued.key)
    assert (event.outcome, event.charged, len(event.attempts)) == ("upstream_failed", 0, 2)
