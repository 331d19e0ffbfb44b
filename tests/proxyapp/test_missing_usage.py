"""A provider that says nothing of what was used, or lies: an estimate is charged, and flagged."""

import pytest

from billing.ledger.models import Account, Transfer
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.money import parse_usd
from tests.support import bills, cast, purse, sandbox, wire
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack
from tests.support.waiting import eventually

SAID = "Estimate me. " * 40


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def in_price(input_tokens: int, output_tokens: int) -> int:
    """Nano-USD."""
    return (input_tokens * PER_TOKEN["input"] + output_tokens * PER_TOKEN["output"]) // 1000


def test_it_works(stack: Stack, issued: Issued) -> None:
    tag, script = wire.fresh_tag(), "~nousage~output-50"
    wire.post(stack, issued.secret, "anthropic", offer("anthropic"), SAID, script=script, tag=tag)
    event = bills.of(issued.key)
    assert (event.outcome, event.source) == ("completed", "estimated")
    assert event.input == -(-len(sandbox.last(tag).body) // 4)
    assert event.output == 50
    assert event.charged == event.amount == in_price(event.input, event.output)


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("script", ["nousage", "badusage"])
def test_in_every_protocol(stack: Stack, issued: Issued, protocol: str, stream: bool, script: str) -> None:
    model = offer(protocol, script=f"~{script}~output-50")
    answer = wire.post(stack, issued.secret, protocol, model, SAID, stream=stream)
    assert answer.status_code == 200
    event = bills.of(issued.key)
    assert (event.outcome, event.source) == ("completed", "estimated")
    assert event.output == 50
    assert 0 < event.input < 500
    assert event.charged == event.amount == in_price(event.input, event.output)


def test_more_than_was_held_is_ours_to_bear(stack: Stack, issued: Issued, acme: Organization) -> None:
    overrun = Account.platform.filter(organization=None, code="overrun")
    before = sum(account.balance for account in overrun)
    model = offer("anthropic", script="~usage-1000000.1000000")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    event = bills.of(issued.key)
    assert event.source == "provider"
    assert event.amount == in_price(1_000_000, 1_000_000)
    assert event.charged == event.held < event.amount
    waived = eventually(
        lambda: Transfer.platform.filter(
            reason=Transfer.Reason.OVERRUN, reference=f"organization {acme.pk}"
        ).first()
    )
    assert waived is not None
    assert waived.amount == event.amount - event.charged
    assert sum(account.balance for account in overrun.all()) < before


def test_the_wallet_pays_what_was_held(stack: Stack, issued: Issued, acme: Organization) -> None:
    wire.post(stack, issued.secret, "anthropic", offer("anthropic", script="~usage-1000000.1000000"))
    event = bills.of(issued.key)
    wallet = purse.wallet(acme)
    assert (wallet["spent"], wallet["held"]) == (event.held, 0)


def test_the_cost_is_told_with_an_unstreamed_answer(stack: Stack, issued: Issued) -> None:
    answer = wire.post(stack, issued.secret, "anthropic", offer("anthropic"))
    assert parse_usd(answer.headers["x-gateway-cost-usd"]) == bills.of(issued.key).charged > 0
