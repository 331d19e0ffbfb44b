"""Where the credit does not cover the worst case, the output ceiling is lowered to what it covers, aloud."""

import json
import re
from typing import Any

import httpx
import pytest

from portal.organizations.models import Organization
from proxyapp.metering import BYTES_PER_TOKEN_AT_LEAST
from tests.support import purse, sandbox, wire
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack
from tests.support.waiting import eventually

ASKED = 20_000
ENOUGH = 5_000
CEILINGS = {
    "anthropic": ["max_tokens"],
    "openai_chat": ["max_completion_tokens"],
    "openai_responses": ["max_output_tokens"],
    "gemini": ["generationConfig", "maxOutputTokens"],
}


@pytest.fixture(scope="module", params=wire.PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(stack: Stack, protocol: str) -> str:
    return offer(protocol)


def worst_input(protocol: str, model: str) -> int:
    """Nano-USD that the input of our call can cost at most."""
    sent = httpx.Request("POST", "http://x", json=wire.body(protocol, model, ceiling=ASKED)).read()
    tokens = -(-len(sent) // BYTES_PER_TOKEN_AT_LEAST)
    return tokens * PER_TOKEN["cache_write_1h"] // 1000


def output(tokens: int) -> int:
    return tokens * PER_TOKEN["output"] // 1000


def ceiling_in(body: bytes, protocol: str) -> Any:
    found = json.loads(body)
    for name in CEILINGS[protocol]:
        found = found[name]
    return found


def ask(stack: Stack, key: str, protocol: str, model: str, tag: str = "") -> httpx.Response:
    return wire.post(stack, key, protocol, model, ceiling=ASKED, tag=tag)


def test_it_works(stack: Stack, acme: Organization, key: str, protocol: str, model: str) -> None:
    tag = wire.fresh_tag()
    purse.leave(acme, worst_input(protocol, model) + output(ENOUGH))
    answer = ask(stack, key, protocol, model, tag)
    assert answer.status_code == 200
    assert answer.headers["x-gateway-lowered"] == f"max_output_tokens {ASKED} -> {ENOUGH}; credit"
    assert ceiling_in(sandbox.last(tag).body, protocol) == ENOUGH


def test_a_stream_says_so_too(stack: Stack, acme: Organization, key: str, protocol: str, model: str) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(ENOUGH))
    with wire.streaming(stack, key, protocol, model, ceiling=ASKED) as answer:
        answer.read()
    assert re.search(rf"{ASKED} -> (5000|49\d\d);", answer.headers["x-gateway-lowered"])


def test_what_is_covered_is_left_alone(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    tag = wire.fresh_tag()
    purse.leave(acme, worst_input(protocol, model) + output(ASKED))
    answer = ask(stack, key, protocol, model, tag)
    assert "x-gateway-lowered" not in answer.headers
    assert ceiling_in(sandbox.last(tag).body, protocol) == ASKED


def test_below_usefulness_it_is_refused(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(255))
    tag = wire.fresh_tag()
    answer = ask(stack, key, protocol, model, tag)
    assert answer.status_code in (402, 429)  # Responses clients stay calm at 429 alone
    assert "insufficient" in answer.text or "FAILED_PRECONDITION" in answer.text
    assert answer.headers["x-should-retry"] == "false"
    assert sandbox.stats(tag)["requests"] == 0


def test_a_small_call_need_not_be_lowered_to_be_useful(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(20))
    assert wire.post(stack, key, protocol, model, ceiling=20).status_code == 200


def test_the_wallet_is_never_overdrawn(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(ENOUGH))
    wire.post(stack, key, protocol, model, ceiling=ASKED, script="~usage-900000000.900000000")
    wallet = purse.wallet(acme)
    assert wallet["avail"] >= 0
    assert wallet["held"] == 0


def test_what_is_too_dear_even_when_all_calls_have_ended_is_not_worth_waiting_for(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(500))
    with wire.streaming(stack, key, protocol, model, ceiling=450, script="~hang-2"):
        answer = wire.post(stack, key, protocol, model, "Much text. " * 10_000, ceiling=ASKED)
    assert answer.status_code in (402, 429)
    assert "does not cover this call" in answer.text
    assert "retry-after" not in answer.headers


def test_credit_held_by_calls_in_flight_is_worth_waiting_for(
    stack: Stack, acme: Organization, key: str, protocol: str, model: str
) -> None:
    purse.leave(acme, worst_input(protocol, model) + output(ASKED) + output(100))
    with wire.streaming(stack, key, protocol, model, ceiling=ASKED, script="~hang-2"):
        answer = ask(stack, key, protocol, model)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert "held by calls in flight" in answer.text
    assert "credit_held" in answer.text.lower()
    eventually(lambda: purse.wallet(acme)["held"] == 0, seconds=1)
    assert ask(stack, key, protocol, model).status_code == 200
