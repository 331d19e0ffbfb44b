"""The proof is silent while the books are right, and names what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from billing.ledger.models import Account
from billing.ledger.proof import prove
from portal.organizations.models import Organization
from tests.billing.given import drained, event


def tamper(table: str, change: str) -> None:
    """Change a table as only somebody with the owner's password can, past policies and triggers."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {change}")
        assert cursor.rowcount == 1
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER")


@contextmanager
def tampered(table: str, column: str, where: str) -> Iterator[list[str]]:
    """The discrepancies while one row of the table is a nano-dollar off."""
    tamper(table, f"{column} = {column} + 1 WHERE {where}")
    try:
        yield prove()
    finally:
        tamper(table, f"{column} = {column} - 1 WHERE {where}")


def test_it_works(acme: Organization, globex: Organization) -> None:
    drained(event(acme), event(acme, charged=400), event(globex, amount=0, charged=0, cost=0))
    assert prove() == []


def test_a_rollup_that_is_off(acme: Organization) -> None:
    drained(event(acme))
    for grain in (1, 2, 3):
        where = f"organization_id = {acme.pk} AND grain = {grain}"
        with tampered("usage_usagerollup", "charged", where) as found:
            assert len(found) == 1
            assert f"organization {acme.pk}, grain {grain}" in found[0]
    assert prove() == []


def test_an_event_that_was_changed(acme: Organization) -> None:
    drained(event(acme, provider_id=acme.pk))
    where = f"organization_id = {acme.pk}"
    with tampered("usage_usageevent", "charged", where) as found:
        assert any(f"organization {acme.pk} was charged 1001" in sentence for sentence in found)
        assert not any("overruns" in sentence for sentence in found)
    with tampered("usage_usageevent", "cost", where) as found:
        assert any(f"cogs:{acme.pk} stands for 601" in sentence for sentence in found)
    with tampered("usage_usageevent", "amount", where) as found:
        assert any("overruns came to" in sentence for sentence in found)


def test_an_account_that_was_written_to(acme: Organization) -> None:
    drained(event(acme))
    purse = Account.platform.filter(organization=acme).get()
    with tampered("ledger_account", "debits_posted", f"id = {purse.pk}") as found:
        assert any("does not balance" in sentence for sentence in found)
        assert any(f"account {purse.pk} ({purse.code})" in sentence for sentence in found)


def test_a_transfer_that_was_changed(acme: Organization) -> None:
    drained(event(acme))
    where = f"organization_id = {acme.pk} AND reason = 'usage'"
    with tampered("ledger_transfer", "amount", where) as found:
        assert any(f"organization {acme.pk} was charged" in sentence for sentence in found)
        assert sum("its transfers say" in sentence for sentence in found) == 2
