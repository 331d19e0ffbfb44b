"""What is left of a grant that ran out is taken back, and nothing more."""

from datetime import timedelta

from django.utils import timezone

from billing.charges.models import Grant
from billing.charges.services import EXPIRY_GRACE, balance, expire
from billing.ledger.models import Transfer
from billing.ledger.proof import prove
from portal.organizations.models import Organization
from tests.billing.charges.test_charge import left
from tests.billing.charges.test_grant import WELCOME, provision, wallet
from tests.billing.given import drained, event


def ran_out(organization: Organization, amount: int) -> Grant:
    return provision(organization, amount, expires_at=timezone.now() - EXPIRY_GRACE, priority=1)


def test_it_works(acme: Organization) -> None:
    given = ran_out(acme, 3_000)
    drained(event(acme))
    assert expire() >= 1
    assert left(given) == 0
    assert balance(acme.pk).credited == WELCOME + 1_000
    assert balance(acme.pk).spent == 1_000
    assert wallet(acme)["credited"] == WELCOME + 1_000
    assert prove() == []


def test_a_second_time_takes_nothing(acme: Organization) -> None:
    ran_out(acme, 3_000)
    expire()
    expire()
    assert Transfer.platform.filter(organization=acme, reason=Transfer.Reason.EXPIRY).count() == 1
    assert balance(acme.pk).credited == WELCOME


def test_what_was_used_in_time_may_still_be_drained(acme: Organization) -> None:
    given = provision(acme, 3_000, expires_at=timezone.now() - timedelta(seconds=1), priority=1)
    expire()
    drained(event(acme))
    assert left(given) == 2_000


def test_a_grant_that_is_spent_has_nothing_to_take(acme: Organization) -> None:
    given = ran_out(acme, 1_000)
    drained(event(acme))
    expire()
    assert Grant.platform.get(pk=given.pk).expired_amount == 0
