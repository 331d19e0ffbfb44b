"""Every tenant table is closed, by the database itself, for reading and for writing."""

import httpx
import pytest
from django.db import connections, transaction
from django.db.utils import ProgrammingError

from billing.usage.models import UsageEvent
from portal.catalogue.models import PriceAssignment, PriceGroup
from portal.keys.models import ApiKey
from portal.kit.scope import UnscopedQuery, organization_scope
from portal.notifications.models import Attempt
from portal.notifications.services import emit
from portal.organizations.models import Organization
from tests.support.calls import ask
from tests.support.provider import nobody
from tests.support.stack import Stack
from tests.support.waiting import eventually

TENANT_TABLES = """
SELECT c.relname, CASE WHEN c.relname = 'organizations_organization' THEN 'id' ELSE 'organization_id' END,
       c.relrowsecurity AND c.relforcerowsecurity, c.relispartition
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND (c.relname = 'organizations_organization' OR EXISTS (SELECT FROM pg_attribute a
       WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT attisdropped))
ORDER BY 1
"""


@pytest.fixture
def used(stack: Stack, acme: Organization, key: str) -> Organization:
    """An organization with a row in every tenant table: PostgreSQL asks a policy only about rows."""
    with organization_scope(acme.pk):
        group, _ = PriceGroup.objects.get_or_create(name="Tenancy")
        PriceAssignment.objects.create(group=group)
        emit(event_type="ASYNC_TASK_RESULT", payload={}, key="1", url=nobody())
    assert ask(stack, key).status_code == 200
    order = httpx.post(
        f"{stack.base_url}/v3/async/sandbox-image",
        json={"prompt": "x"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert order.status_code == 200
    eventually(lambda: UsageEvent.platform.filter(organization=acme).exists())
    eventually(lambda: Attempt.platform.filter(organization=acme).exists())
    return acme


def tenant_tables() -> list[tuple[str, str, bool, bool]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(TENANT_TABLES)
        return [(name, column, forced, part) for name, column, forced, part in cursor.fetchall()]


def test_it_works(stack: Stack) -> None:
    names = {name for name, *_ in tenant_tables()}
    assert {"keys_apikey", "usage_usageevent", "ledger_transfer", "organizations_member"} <= names


def test_security_is_forced_on_every_table_and_partition(stack: Stack) -> None:
    assert not [name for name, _, forced, _ in tenant_tables() if not forced]


def test_an_unscoped_query_is_refused_on_every_table(used: Organization) -> None:
    for name, _, _, partition in tenant_tables():
        reason = "permission denied" if partition else "unscoped query"
        with pytest.raises(ProgrammingError, match=reason), connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {name}")


def test_a_write_into_another_tenant_is_refused_on_every_table(
    acme: Organization, globex: Organization
) -> None:
    for name, column, _, _ in tenant_tables():
        with (
            pytest.raises(ProgrammingError, match=r"row-level security|permission denied"),
            transaction.atomic(),
            organization_scope(acme.pk),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(f"INSERT INTO {name} ({column}) VALUES (%s)", [globex.pk])


def test_the_default_manager_refuses_first(stack: Stack) -> None:
    with pytest.raises(UnscopedQuery):
        ApiKey.objects.count()


def test_a_scope_ends_with_its_transaction(acme: Organization) -> None:
    with organization_scope(acme.pk):
        ApiKey.objects.count()
    with pytest.raises(ProgrammingError, match="unscoped query"), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organizations_organization")
