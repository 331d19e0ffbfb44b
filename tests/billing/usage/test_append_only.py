"""Events are facts: nobody changes them, whoever runs the drain included."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, ProgrammingError, connections, transaction

from billing.usage.models import UsageEvent
from portal.organizations.models import Organization
from tests.billing.given import booked, drained, event


def test_it_works(acme: Organization) -> None:
    drained(event(acme))
    assert UsageEvent.platform.filter(organization=acme).count() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(charged=0),
        lambda rows: rows.delete(),
    ],
)
def test_the_platform_role_cannot_change_them(acme: Organization, change: Callable[[object], object]) -> None:
    drained(event(acme))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using="platform"):
        change(UsageEvent.platform.filter(organization=acme))
    assert booked(acme)[0].charged == 1_000


def test_nor_through_a_partition(acme: Organization) -> None:
    drained(event(acme))
    partition = f"usage_usageevent_{booked(acme)[0].occurred_at:%Y_%m}"
    with pytest.raises(DatabaseError, match="permission denied"), connections["platform"].cursor() as cursor:
        cursor.execute(f"UPDATE {partition} SET charged = 0")
