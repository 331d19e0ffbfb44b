"""Roll-ups are the sums of the events, in every grain."""

from collections import Counter

from billing.usage.histogram import BUCKETS
from billing.usage.models import UsageRollup
from portal.organizations.models import Organization
from proxyapp.usage import METERS, Attempt, TokenUsage, UsageEvent, milliseconds_of, new_call_id
from tests.billing.given import drained, event

Grain = UsageRollup.Grain
COUNTED = (*METERS, "reasoning")


def at(milliseconds: int) -> str:
    """A call id of that time."""
    return f"{milliseconds:012x}{new_call_id()[12:]}"


def now() -> int:
    return int(new_call_id()[:12], 16)


def second(fact: UsageEvent) -> int:
    return milliseconds_of(fact.call_id) // 1000


def rollups(organization: Organization, grain: Grain) -> list[UsageRollup]:
    return list(
        UsageRollup.platform.filter(organization=organization, grain=grain).order_by("bucket", "key_id")
    )


def spread(organization: Organization) -> list[UsageEvent]:
    """Events over two days, keys, models and providers."""
    start = now()
    return [
        event(
            organization,
            call_id=at(start - step * 7_000_000),
            key_id=1 + step % 2,
            model_id=1 + step % 3,
            provider_id=step % 2,
            usage=TokenUsage(step, 2 * step, 3, 4, 5 * step, step, 1, step, 6, 7 * step),
            amount=1_000 + step,
            charged=1_000,
            cost=step,
            attempts=(Attempt(1, 1, 200),) * (step % 3),
        )
        for step in range(20)
    ]


def test_it_works(acme: Organization) -> None:
    facts = spread(acme)
    drained(*facts)
    for grain in Grain:
        rows = rollups(acme, grain)
        assert sum(row.events for row in rows) == len(facts)
        for name in ("amount", "charged", "cost"):
            assert sum(getattr(row, name) for row in rows) == sum(getattr(fact, name) for fact in facts)
        for name in COUNTED:
            assert sum(getattr(row, name) for row in rows) == sum(getattr(fact.usage, name) for fact in facts)
        assert sum(row.attempts for row in rows) == sum(len(fact.attempts) for fact in facts)


def test_each_event_is_in_its_own_bucket(acme: Organization) -> None:
    facts = spread(acme)
    drained(*facts)
    for grain, seconds in ((Grain.MINUTE, 60), (Grain.HOUR, 3_600), (Grain.DAY, 86_400)):
        expected = Counter(
            (
                milliseconds_of(fact.call_id) // 1000 // seconds * seconds,
                fact.key_id,
                fact.model_id,
                fact.provider_id,
            )
            for fact in facts
        )
        found = {
            (int(row.bucket.timestamp()), row.key_id, row.model_id, row.provider_id): row.events
            for row in rollups(acme, grain)
        }
        assert found == expected


def test_batches_add_up(acme: Organization) -> None:
    moment = now()
    for _ in range(3):
        drained(event(acme, call_id=at(moment), latency_ms=15, first_output_ms=0))
    (row,) = rollups(acme, Grain.MINUTE)
    assert row.events == 3
    assert row.latency == [0, 3] + [0] * (BUCKETS - 2)


def test_only_calls_with_output_have_a_first_one(acme: Organization) -> None:
    moment = now()
    drained(
        event(acme, call_id=at(moment), first_output_ms=0), event(acme, call_id=at(moment), first_output_ms=7)
    )
    (row,) = rollups(acme, Grain.DAY)
    assert sum(row.latency) == 2
    assert sum(row.first_output) == row.first_output[0] == 1


def test_a_client_that_left_is_nobodys_error(acme: Organization) -> None:
    moment = now()
    outcomes = ("completed", "client_left", "upstream_failed", "refused", "interrupted")
    drained(*(event(acme, call_id=at(moment), outcome=outcome) for outcome in outcomes))
    (row,) = rollups(acme, Grain.DAY)
    assert (row.events, row.errors) == (5, 3)
