"""Months of events are made before anything falls into them."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from billing.usage.partitions import MONTHS_AHEAD, make_ahead
from tests.support.stack import Stack

LAST = "SELECT max(relid::text) FROM pg_partition_tree('usage_usageevent') WHERE isleaf"
MONTH = "to_char(now() AT TIME ZONE 'UTC' + make_interval(months => %s), 'YYYY_MM')"
EXPECTED = f"SELECT 'usage_usageevent_' || {MONTH}"


def test_it_works(stack: Stack) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(EXPECTED, [MONTHS_AHEAD])
        (expected,) = cursor.fetchone()
        cursor.execute(f"DROP TABLE {expected}")
        make_ahead()
        cursor.execute(LAST)
        assert cursor.fetchone() == (expected,)


def test_two_at_once_do_no_harm(stack: Stack) -> None:
    def make(_: int) -> None:
        try:
            make_ahead()
        finally:
            connections.close_all()

    with connections["owner"].cursor() as cursor:
        cursor.execute(LAST)
        (last,) = cursor.fetchone()
        cursor.execute(f"DROP TABLE {last}")
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(4))) == [None] * 4
