"""Hard organizations never pay beyond a cap; relaxed ones hold what is likely, and may overshoot."""

from collections.abc import Callable

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.kit import outbox
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from tests.support import bills, cast, purse, sandbox, wire
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack

UNBOUNDED = {
    "openai_responses": {"conversation": "conv_1"},
    "gemini": {"cachedContent": "cachedContents/1"},
}


@pytest.fixture(scope="module")
def model(stack: Stack) -> str:
    return offer(*wire.PROTOCOLS)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def relax(acme: Organization, issued: Issued) -> Callable[[], None]:
    def relaxed() -> None:
        with organization_scope(acme.pk):
            Organization.objects.filter(pk=acme.pk).update(enforcement=Organization.Enforcement.RELAXED)
            outbox.enqueue("key", issued.key.pk)

    return relaxed


def unbounded(stack: Stack, key: str, protocol: str, model: str, tag: str = "") -> httpx.Response:
    return httpx.post(
        stack.base_url + wire.path(protocol, model),
        json=wire.body(protocol, model) | UNBOUNDED[protocol],
        headers=wire.headers(protocol, key, tag=tag),
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, acme: Organization, issued: Issued, model: str) -> None:
    """Hard, as every organization begins: what was held is the most that is paid."""
    purse.leave(acme, 100_000_000)
    wire.post(stack, issued.secret, "anthropic", model, ceiling=10, script="~usage-9000000.9000000")
    assert purse.wallet(acme)["avail"] >= 0


@pytest.mark.parametrize("protocol", UNBOUNDED)
def test_an_input_of_unknown_size_is_refused(stack: Stack, issued: Issued, model: str, protocol: str) -> None:
    answer = unbounded(stack, issued.secret, protocol, model)
    assert answer.status_code == 400
    assert next(iter(UNBOUNDED[protocol])).lower() in answer.text.lower()
    assert "relaxed" in answer.text


@pytest.mark.parametrize("protocol", UNBOUNDED)
def test_a_relaxed_organization_may_send_it(
    stack: Stack,
    issued: Issued,
    relax: Callable[[], None],
    model: str,
    protocol: str,
) -> None:
    relax()
    tag = wire.fresh_tag()
    unbounded(stack, issued.secret, protocol, model, tag)
    assert sandbox.stats(tag)["requests"] == 1


def test_a_relaxed_call_is_paid_in_full(
    stack: Stack, acme: Organization, issued: Issued, relax: Callable[[], None], model: str
) -> None:
    relax()
    purse.leave(acme, 1_000_000)
    wire.post(stack, issued.secret, "anthropic", model, script="~usage-1000.100000")
    event = bills.of(issued.key)
    assert event.charged == event.amount == 1000 * 3_000 + 100_000 * 15_000
    assert event.charged > event.held
    assert purse.wallet(acme)["avail"] == 1_000_000 - event.charged < 0


def test_an_overdrawn_wallet_ends_it(
    stack: Stack, acme: Organization, issued: Issued, relax: Callable[[], None], model: str
) -> None:
    relax()
    purse.leave(acme, 1)
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 402


def test_a_relaxed_call_is_never_lowered(
    stack: Stack, acme: Organization, issued: Issued, relax: Callable[[], None], model: str
) -> None:
    relax()
    purse.leave(acme, 1_000_000)
    answer = wire.post(stack, issued.secret, "anthropic", model, ceiling=30_000)
    assert answer.status_code == 200
    assert "x-gateway-lowered" not in answer.headers


def test_a_relaxed_call_holds_what_is_likely(
    stack: Stack, acme: Organization, issued: Issued, relax: Callable[[], None], model: str
) -> None:
    relax()
    with wire.streaming(stack, issued.secret, "anthropic", model, ceiling=30_000, script="~hang-2"):
        held = purse.wallet(acme)["held"]
    assert 1_024 * PER_TOKEN["output"] <= held * 1000 < 2_048 * PER_TOKEN["output"]
