"""Closed buckets are summed again, minutes are forgotten in time."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from billing.usage.models import UsageRollup
from billing.usage.seal import prune_minutes, seal, seal_closed
from portal.organizations.models import Organization
from tests.billing.given import drained, event
from tests.billing.usage.test_rollups import at

Grain = UsageRollup.Grain


def closed_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


def within(hour: datetime) -> str:
    return at(int(hour.timestamp() * 1000) + 1_234)


def row(organization: Organization, grain: Grain) -> UsageRollup:
    return UsageRollup.platform.get(organization=organization, grain=grain)


def test_it_works(acme: Organization) -> None:
    """What the drain has summed is what sealing sums, histograms and all."""
    hour = closed_hour()
    drained(
        event(acme, call_id=within(hour), latency_ms=10, first_output_ms=0),
        event(acme, call_id=within(hour), latency_ms=60_000, first_output_ms=9, outcome="refused"),
        event(acme, call_id=within(hour), latency_ms=0, first_output_ms=20, attempts=()),
    )
    assert seal(Grain.HOUR, hour) == 0


def test_a_wrong_sum_is_put_right(acme: Organization, caplog: pytest.LogCaptureFixture) -> None:
    hour = closed_hour()
    drained(event(acme, call_id=within(hour)))
    right = row(acme, Grain.HOUR)
    UsageRollup.platform.filter(organization=acme, grain=Grain.HOUR).update(charged=1, latency=[0] * 13)
    with caplog.at_level(logging.ERROR):
        assert seal_closed() == 1
    put_right = row(acme, Grain.HOUR)
    assert (put_right.charged, put_right.latency) == (right.charged, right.latency)
    assert "were wrong" in caplog.text


def test_a_missing_sum_is_added(acme: Organization) -> None:
    hour = closed_hour()
    drained(event(acme, call_id=within(hour)))
    UsageRollup.platform.filter(organization=acme, grain=Grain.HOUR).delete()
    assert seal(Grain.HOUR, hour) == 1
    assert row(acme, Grain.HOUR).events == 1


def test_a_sum_of_nothing_is_removed(acme: Organization) -> None:
    hour = closed_hour()
    drained(event(acme, call_id=within(hour)))
    UsageRollup.platform.filter(organization=acme, grain=Grain.HOUR).update(key_id=2**40)
    assert seal(Grain.HOUR, hour) == 2
    assert row(acme, Grain.HOUR).key_id == 1


def test_midnight_seals_the_day(acme: Organization) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    drained(event(acme, call_id=within(midnight - timedelta(hours=3))))
    UsageRollup.platform.filter(organization=acme, grain=Grain.DAY).update(events=9)
    assert seal_closed(midnight + timedelta(minutes=5)) == 1
    assert row(acme, Grain.DAY).events == 1


def test_old_minutes_are_dropped_and_nothing_else(acme: Organization) -> None:
    now = datetime.now(UTC)
    drained(
        event(acme, call_id=within(now - timedelta(hours=49))),
        event(acme, call_id=within(now - timedelta(hours=47))),
    )
    prune_minutes()
    kept = UsageRollup.platform.filter(organization=acme)
    assert [(one.grain, one.events) for one in kept.filter(grain=Grain.MINUTE)] == [(Grain.MINUTE, 1)]
    assert sum(kept.filter(grain=Grain.DAY).values_list("events", flat=True)) == 2
