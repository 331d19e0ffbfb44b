"""Every connection to Redis is cut: calls go on, and what is revoked is refused as quickly as before."""

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, purse, wire
from tests.support.calls import ask
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.waiting import eventually


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def cut(kind: str) -> None:
    purse.command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def good(stack: Stack, key: str) -> bool:
    """A call is answered; a first one may be told to come back."""
    answer = ask(stack, key)
    assert answer.status_code in (200, 503)
    return answer.status_code == 200


def test_it_works(stack: Stack, issued: Issued) -> None:
    assert good(stack, issued.secret)
    for kind in ("normal", "pubsub"):
        cut(kind)
    eventually(lambda: all(good(stack, issued.secret) for _ in range(4)), seconds=2)


def test_a_call_in_flight_is_settled_all_the_same(stack: Stack, issued: Issued) -> None:
    model = offer("anthropic")
    with wire.streaming(
        stack, issued.secret, "anthropic", model, script="~chunks-8~pace-100", ceiling=500
    ) as answer:
        parts = answer.iter_text()
        seen = next(parts)
        cut("normal")
        seen += "".join(parts)
    assert "message_stop" in seen
    event = eventually(lambda: bills.of(issued.key))
    assert (event.outcome, event.source) == ("completed", "provider")


def test_a_revocation_while_nobody_listens(stack: Stack, issued: Issued, alice: User) -> None:
    assert good(stack, issued.secret)
    cut("pubsub")
    cast.revoke(issued.key, alice)
    eventually(lambda: all(ask(stack, issued.secret).status_code == 401 for _ in range(8)), seconds=1)
