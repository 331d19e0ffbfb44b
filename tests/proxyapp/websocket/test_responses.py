"""A response over a WebSocket is a call like any other: same events, same bill, one account each."""

import pytest

from billing.usage.models import UsageEvent
from portal.keys.services import Issued
from tests.support import bills, purse, sandbox, wire
from tests.support.offers import offer
from tests.support.socket import connected, said
from tests.support.stack import Stack
from tests.support.waiting import eventually


def test_it_works(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        socket.say(model, "How are you, 世界?")
        events = socket.until()
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["gateway.headers", "response.created"]
    assert kinds[-1] == "response.completed"
    assert "response.output_text.delta" in kinds
    assert "How are you, 世界?" in said(events[-1])
    event = bills.assert_exact(issued.key, "openai_responses", model, tag)
    assert event.call_id.hex == events[0]["headers"]["x-trace-id"]


def test_each_response_is_billed_by_itself(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        usages = [socket.ask(model, text)["response"]["usage"] for text in ("One", "Two and three")]
    found = eventually(
        lambda: (
            len(events := list(UsageEvent.platform.filter(key=issued.key).order_by("occurred_at"))) == 2
            and events
        )
    )
    assert found
    assert [event.output for event in found] == [usage["output_tokens"] for usage in usages]
    assert purse.is_free(issued.key)


def test_who_sees_the_end_can_rely_on_the_account(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        socket.ask(offer("openai_responses"))
        assert purse.is_free(issued.key)
        assert purse.counters(issued.key)["used"] > 0


def test_what_is_posted_is_what_was_said(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    beta = "responses_websockets=2026-02-06, other=1"
    with connected(stack, issued.secret, x_sandbox_tag=tag, openai_beta=beta, originator="codex") as socket:
        socket.ask(model, prompt_cache_key="thread", generate=True)
    seen = sandbox.last(tag)
    assert b'"prompt_cache_key":"thread"' in seen.body
    assert b'"stream":true' in seen.body
    assert b'"type":"response.create"' not in seen.body
    assert b"generate" not in seen.body
    assert seen.header("openai-beta") == "other=1"
    assert seen.header("originator") == "codex"
    assert seen.header("content-type") == "application/json"
    assert seen.header("sec-websocket-key") is None


@pytest.mark.parametrize("deflate", [False, True])
def test_packed_or_not(stack: Stack, issued: Issued, deflate: bool) -> None:
    with connected(stack, issued.secret, deflate=deflate) as socket:
        packs = [extension.name for extension in socket.connection.protocol.extensions]
        assert packs == (["permessage-deflate"] if deflate else [])
        assert "word " * 3 in said(
            socket.ask(offer("openai_responses"), "word " * 20_000, max_output_tokens=50_000)
        )


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_any_route(stack: Stack, issued: Issued, tag: str, protocol: str) -> None:
    model = offer(protocol)
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        socket.say(model)
        events = socket.until()
    assert "Hello" in said(events[-1])
    told = events[0]["headers"].get("x-gateway-converted", "")
    assert told.startswith("" if protocol == "openai_responses" else f"openai_responses -> {protocol}")
    bills.assert_exact(issued.key, protocol, model, tag)


@pytest.mark.parametrize("path", ["/openai/v1/responses", "/responses", "/v1/v1/responses"])
def test_every_spelling_of_the_path(stack: Stack, issued: Issued, path: str) -> None:
    with connected(stack, issued.secret, path) as socket:
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"


def test_messages_wait_for_their_turn(stack: Stack, issued: Issued) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret) as socket:
        for text in ("first", "second", "third"):
            socket.say(model, text)
        answers = [said(socket.until()[-1]) for _ in range(3)]
    assert ["first" in answers[0], "second" in answers[1], "third" in answers[2]] == [True] * 3
