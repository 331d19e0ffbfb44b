"""What an adjustment takes back comes back, once, to where it was taken from."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.charges.models import Grant
from billing.charges.services import balance
from billing.ledger.models import Transfer
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent as BookedEvent
from billing.usage.models import UsageRollup
from billing.usage.seal import seal
from portal.organizations.models import Organization
from proxyapp.usage import TokenUsage, UsageEvent
from tests.billing.charges.test_charge import empty, left, welcome_of
from tests.billing.charges.test_grant import WELCOME, provision
from tests.billing.given import booked, drained, event

ALL: dict[str, Any] = {"amount": -1_000, "charged": -1_000, "cost": -600}


def call(organization: Organization, **facts: Any) -> UsageEvent:
    return event(organization, usage=TokenUsage(images=4, calls=1), **facts)


def back(organization: Organization, adjusts: UsageEvent, **facts: Any) -> UsageEvent:
    usage = TokenUsage(images=-4, calls=-1)
    return event(organization, usage=usage, adjusts=adjusts.call_id, attempts=(), **ALL | facts)


def test_it_works(acme: Organization) -> None:
    made = call(acme)
    drained(made)
    drained(back(acme, made))
    assert left(welcome_of(acme)) == WELCOME
    assert (balance(acme.pk).spent, balance(acme.pk).credited) == (0, WELCOME)
    assert [row.kind for row in booked(acme)] == [BookedEvent.Kind.USAGE, BookedEvent.Kind.ADJUSTMENT]
    assert booked(acme)[1].adjusts == booked(acme)[0].call_id
    assert prove() == []


def test_in_one_batch_with_what_it_adjusts(acme: Organization) -> None:
    made = call(acme)
    drained(made, back(acme, made))
    assert balance(acme.pk).spent == 0
    assert prove() == []


def test_told_twice_it_comes_back_once(acme: Organization) -> None:
    made = call(acme, amount=5_000, charged=5_000)
    returned = back(acme, made)
    drained(made, returned)
    drained(returned)
    assert balance(acme.pk).spent == 4_000


def test_what_is_owed_is_paid_first(acme: Organization) -> None:
    empty(acme)
    made = call(acme)
    drained(made)
    drained(back(acme, made, amount=-400, charged=-400))
    assert left(welcome_of(acme)) == 0
    assert balance(acme.pk).available == -600
    assert prove() == []


def test_the_grant_that_burnt_last_gets_it(acme: Organization) -> None:
    later = provision(acme, 5_000)
    made = call(acme, amount=WELCOME + 2_000, charged=WELCOME + 2_000)
    drained(made)
    drained(back(acme, made, amount=-3_000, charged=-3_000))
    assert (left(later), left(welcome_of(acme))) == (5_000, 1_000)


def test_a_grant_that_has_expired_comes_last(acme: Organization) -> None:
    ended = provision(acme, 5_000, priority=60)
    made = call(acme, amount=WELCOME + 2_000, charged=WELCOME + 2_000)
    drained(made)
    Grant.platform.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    drained(back(acme, made))
    assert (left(ended), left(welcome_of(acme))) == (3_000, 1_000)


def test_more_than_was_paid_is_refused(acme: Organization) -> None:
    made = call(acme)
    drained(made)
    returned = back(acme, made, amount=-1_001, charged=-1_001)
    drained(returned)
    assert balance(acme.pk).spent == 1_000
    assert prove() == []


def test_rollups_lose_the_money_and_no_call(acme: Organization) -> None:
    made = call(acme)
    drained(made)
    drained(back(acme, made))
    rows = UsageRollup.platform.filter(organization=acme, grain=UsageRollup.Grain.DAY)
    figures = [(row.events, row.charged, row.cost, row.images, sum(row.latency)) for row in rows]
    assert [sum(column) for column in zip(*figures, strict=True)] == [1, 0, 0, 0, 1]
    hour = UsageRollup.platform.filter(organization=acme, grain=UsageRollup.Grain.HOUR).first()
    assert hour
    assert seal(UsageRollup.Grain.HOUR, hour.bucket) == 0


@pytest.mark.parametrize("facts", [{"charged": 1}, {"cost": 1}, {"adjusts": "nothing"}])
def test_what_takes_nothing_back_is_refused(acme: Organization, facts: dict[str, Any]) -> None:
    drained(event(acme, **ALL | {"adjusts": "0" * 32} | facts))
    assert booked(acme) == []


def test_the_statement_says_so(acme: Organization) -> None:
    made = call(acme)
    drained(made, back(acme, made))
    refund = Transfer.platform.get(organization=acme, reason=Transfer.Reason.REFUND)
    assert refund.amount == 1_000
