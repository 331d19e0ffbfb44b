"""Posting moves balances, once, and never more than there is."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from billing.ledger.models import Account, Transfer
from billing.ledger.post import TransferAltered, account, account_ids, post
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization

Kind = Transfer.Kind


def purse(organization: Organization, holds: int = 0) -> Account:
    """A fresh account that may not be overdrawn, with so much in it."""
    fresh = account(organization.pk, f"test:{uuid.uuid4()}", no_overdraft=True)
    post([transfer(account(None, "promo"), fresh, holds)])
    return fresh


def transfer(debit: Account, credit: Account, amount: int, **facts: object) -> Transfer:
    return Transfer(**{"debit": debit, "credit": credit, "amount": amount, "reason": "grant"} | facts)


def revenue() -> Account:
    return account(None, "revenue")


def sums(which: Account) -> tuple[int, int, int, int]:
    which.refresh_from_db(using="platform")
    return which.debits_posted, which.debits_pending, which.credits_posted, which.credits_pending


def test_it_works(acme: Organization) -> None:
    mine, other = purse(acme, holds=100), purse(acme)
    assert post([transfer(mine, other, 30)]) == 1
    assert sums(mine) == (30, 0, 100, 0)
    assert sums(other) == (0, 0, 30, 0)
    assert mine.balance == 70


def test_an_account_is_opened_once(acme: Organization) -> None:
    first = account(acme.pk, "receivable")
    assert account(acme.pk, "receivable") == first
    assert account_ids([(acme.pk, "receivable")]) == {(acme.pk, "receivable"): first.pk}
    assert account(None, "revenue") == revenue()


def test_the_same_again_is_nothing(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    key = uuid.uuid4()
    assert post([transfer(mine, revenue(), 30, id=key)]) == 1
    assert post([transfer(mine, revenue(), 30, id=key)]) == 0
    assert sums(mine)[0] == 30


def test_the_same_id_with_other_facts_is_refused(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    key = uuid.uuid4()
    post([transfer(mine, revenue(), 30, id=key)])
    with pytest.raises(TransferAltered):
        post([transfer(mine, revenue(), 31, id=key), transfer(mine, revenue(), 1)])
    assert sums(mine)[0] == 30


def test_many_at_once_move_an_account_by_their_sum(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    assert post([transfer(mine, revenue(), amount) for amount in range(10)]) == 10
    assert sums(mine)[0] == 45


def test_what_may_not_be_overdrawn_is_not(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    with pytest.raises(IntegrityError, match="no_overdraft"):
        post([transfer(mine, revenue(), 60), transfer(mine, revenue(), 41)])
    assert sums(mine) == (0, 0, 100, 0)


def test_a_hold_reserves_and_is_posted_in_part(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    hold = transfer(mine, revenue(), 80, kind=Kind.PENDING)
    post([hold])
    assert sums(mine) == (0, 80, 100, 0)
    assert mine.spendable == 20
    post([transfer(mine, revenue(), 50, kind=Kind.POST, pending_id=hold.pk)])
    assert sums(mine) == (50, 0, 100, 0)


def test_a_voided_hold_leaves_nothing(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    hold = transfer(mine, revenue(), 80, kind=Kind.PENDING)
    post([hold, transfer(mine, revenue(), 0, kind=Kind.VOID, pending_id=hold.pk)])
    assert sums(mine) == (0, 0, 100, 0)


def test_a_hold_counts_against_overdraft(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    post([transfer(mine, revenue(), 80, kind=Kind.PENDING)])
    with pytest.raises(IntegrityError, match="no_overdraft"):
        post([transfer(mine, revenue(), 21)])


def test_a_hold_is_resolved_once(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    hold = transfer(mine, revenue(), 80, kind=Kind.PENDING)
    post([hold, transfer(mine, revenue(), 80, kind=Kind.POST, pending_id=hold.pk)])
    with pytest.raises(IntegrityError, match="resolved_once"):
        post([transfer(mine, revenue(), 0, kind=Kind.VOID, pending_id=hold.pk)])


def test_no_more_is_posted_than_was_held(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    hold = transfer(mine, revenue(), 50, kind=Kind.PENDING)
    post([hold])
    with pytest.raises(IntegrityError, match="exceeds its hold"):
        post([transfer(mine, revenue(), 51, kind=Kind.POST, pending_id=hold.pk)])


def test_a_resolution_names_the_accounts_of_its_hold(acme: Organization) -> None:
    mine, other = purse(acme, holds=100), purse(acme, holds=100)
    hold = transfer(mine, revenue(), 50, kind=Kind.PENDING)
    post([hold])
    with pytest.raises(IntegrityError, match="its accounts"):
        post([transfer(other, revenue(), 50, kind=Kind.POST, pending_id=hold.pk)])


@pytest.mark.parametrize(
    "change", [lambda rows: rows.update(amount=1), lambda rows: rows.delete()], ids=["update", "delete"]
)
def test_the_ledger_is_append_only(acme: Organization, change: Callable[[object], object]) -> None:
    post([entry := transfer(purse(acme, holds=1), revenue(), 1)])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using="platform"):
        change(Transfer.platform.filter(pk=entry.pk))


def test_the_application_role_cannot_write(acme: Organization) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), organization_scope(acme.pk):
        Account.objects.create(code="mine")


def test_a_hot_account_is_exact_under_concurrency(acme: Organization) -> None:
    mine = purse(acme, holds=100)
    outcomes: list[bool] = []

    def spend() -> None:
        for _ in range(25):
            try:
                post([transfer(mine, revenue(), 1)])
                outcomes.append(True)
            except IntegrityError:
                outcomes.append(False)
        connections.close_all()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(True), outcomes.count(False)) == (100, 100)
    assert sums(mine) == (100, 0, 100, 0)
