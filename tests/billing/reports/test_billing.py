"""/billing: balance, credit and statement."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from billing.charges.models import Grant
from billing.charges.services import grant
from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.kit.redis import client as redis_client
from portal.organizations.models import Organization, Role
from proxyapp.store import wallet_name
from tests.billing.given import drained
from tests.billing.reports.used import call
from tests.support import cast
from tests.support.pages import queries, signed_in, source, words

USD = 1_000_000_000


def give(organization: Organization, dollars: int, **facts: Any) -> Grant:
    return grant(organization_id=organization.pk, kind=Grant.Kind.PROVISIONED, amount=dollars * USD, **facts)


def test_it_works(alice: User, acme: Organization) -> None:
    give(acme, 20)
    page = words(signed_in(alice).get("/billing"))
    assert "Available $25.00 for the next call" in page
    assert "Held $0.00 by calls in flight" in page
    assert "Booked $25.00 in the ledger" in page


def test_what_calls_in_flight_hold_is_not_available(alice: User, acme: Organization) -> None:
    wallet = wallet_name(acme.pk)
    redis_client().hincrby(wallet, "avail", -2 * USD)
    redis_client().hincrby(wallet, "held", 2 * USD)
    page = words(signed_in(alice).get("/billing"))
    assert "Available $3.00" in page
    assert "Held $2.00" in page
    assert "Booked $5.00" in page


def test_what_is_not_booked_yet_is_named(alice: User, acme: Organization) -> None:
    redis_client().hincrby(wallet_name(acme.pk), "avail", -1_500)
    page = words(signed_in(alice).get("/billing"))
    assert "$0.0000015 of finished calls will be booked within seconds." in page


def test_it_stands_without_redis(alice: User, acme: Organization) -> None:
    page = signed_in(alice)
    redis_client.cache_clear()
    try:
        with override_settings(REDIS_URL="unix:///nowhere/valkey.sock"):
            text = words(page.get("/billing"))
    finally:
        redis_client.cache_clear()
    assert "The live balance is out of reach for the moment." in text
    assert "Available $5.00" in text


def test_credit_is_listed_as_it_burns(alice: User, acme: Organization) -> None:
    give(acme, 20)
    give(acme, 10, priority=1, expires_at=timezone.now() + timedelta(days=30))
    page = words(signed_in(alice).get("/billing"))
    assert re.search(r"\$10\.00 \$10\.00 .*Welcome credit .*\$20\.00 \$20\.00", page)


def test_what_is_left_of_a_grant(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, amount=2 * USD, charged=2 * USD))
    assert "Never $5.00 $3.00" in words(signed_in(alice).get("/billing"))


def test_the_statement_adds_up(alice: User, laptop: ApiKey, model: str) -> None:
    drained(event := call(laptop, model, amount=1_500_000_000, charged=1_500_000_000))
    page = words(signed_in(alice).get("/billing")).partition("Balance")[2]
    assert re.search(rf"Calls {event.call_id} −\$1\.50 0{{7}} \$3\.50 0{{7}} ", page)
    assert re.search(r"Credit grant \d+ \+\$5\.00 0{7} \$5\.00 0{7}", page)


def test_a_debt_is_shown_as_one(alice: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, amount=7 * USD, charged=7 * USD))
    assert "Booked −$2.00" in words(signed_in(alice).get("/billing"))


def test_the_statement_is_read_in_pages(alice: User, acme: Organization) -> None:
    for _ in range(52):
        give(acme, 1)
    client = signed_in(alice)
    first = client.get("/billing")
    older = re.search(r'href="(\?before=[^"]+)"', source(first))
    assert older
    second = words(client.get(f"/billing{older[1].replace('&amp;', '&')}"))
    balances = [int(text) for text in re.findall(r"\+\$[15]\.00 0{7} \$(\d+)\.00", words(first) + second)]
    assert balances == list(range(57, 4, -1))
    assert "Older" not in second


@pytest.mark.parametrize("before", ["x", "2026-01-01T00:00:00Z~x", "~", "9999-99-99~"])
def test_a_place_that_is_none_is_the_first_page(alice: User, acme: Organization, before: str) -> None:
    assert "+$5.00" in words(signed_in(alice).get("/billing", {"before": before}))


@pytest.mark.parametrize("role", list(Role))
def test_some_roles_may_not(acme: Organization, role: Role) -> None:
    member = signed_in(cast.joins(cast.person(role), acme, role))
    assert member.get("/billing").status_code == (200 if role.sees_billing else 403)
    assert ('href="/billing"' in source(member.get("/usage"))) == role.sees_billing


def test_strangers_see_their_own(charlie: User, globex: Organization, acme: Organization) -> None:
    give(acme, 20)
    assert "Booked $5.00" in words(signed_in(charlie).get("/billing"))


def test_visitors_are_asked_to_sign_in(acme: Organization) -> None:
    assert Client().get("/billing").status_code == 302


def test_more_history_needs_no_more_queries(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    few = queries(client, "/billing")
    for _ in range(5):
        give(acme, 1)
    assert queries(client, "/billing") == few
    assert few <= 20
