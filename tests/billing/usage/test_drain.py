"""From the stream into PostgreSQL: everything once, whatever happens in between."""

from typing import Any
from uuid import UUID

import pytest

from billing.charges.services import balance
from billing.ledger.models import Transfer
from billing.usage.models import UsageRollup
from billing.usage.stream import CONSUMER, GROUP, REFUSED
from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.kit.redis import client
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from proxyapp.store import STREAM
from proxyapp.usage import Attempt, TokenUsage, milliseconds_of, new_call_id
from tests.billing.given import booked, drained, encode, event, put
from tests.support import cast


def calls(organization: Organization) -> list[UUID]:
    return sorted(row.call_id for row in booked(organization))


def refused(body: bytes) -> str | None:
    """Why this entry was refused, None if it was not."""
    entries: Any = client().xrange(REFUSED)
    return {fields[b"e"]: fields[b"reason"].decode() for _, fields in entries}.get(body)


def test_it_works(acme: Organization) -> None:
    fact = event(
        acme,
        usage=TokenUsage(
            input=7,
            cache_read=6,
            cache_write_5m=5,
            cache_write_1h=4,
            output=3,
            reasoning=2,
            images=8,
            seconds=9,
            characters=10,
        ),
        stream=True,
        error="upstream_gone",
        outcome="upstream_failed",
        source="estimated",
        held=5_000,
        amount=1_500,
        multiplier_ppm=900_000,
        attempts=(Attempt(1, 2, 503, "overloaded", 12), Attempt(2, 3, 200, "", 130)),
    )
    drained(fact)
    (row,) = booked(acme)
    assert row.call_id == UUID(fact.call_id)
    assert row.occurred_at.timestamp() * 1000 == pytest.approx(milliseconds_of(fact.call_id), abs=0.01)
    assert (row.input, row.cache_read, row.cache_write_5m, row.cache_write_1h) == (7, 6, 5, 4)
    assert (row.output, row.reasoning, row.calls) == (3, 2, 1)
    assert (row.images, row.seconds, row.characters) == (8, 9, 10)
    assert (row.held, row.amount, row.charged, row.cost) == (5_000, 1_500, 1_000, 600)
    assert (row.model_name, row.protocol, row.stream, row.status) == (
        "sandbox-claude",
        "anthropic",
        True,
        200,
    )
    assert (row.outcome, row.error, row.source) == ("upstream_failed", "upstream_gone", "estimated")
    assert row.multiplier_ppm == 900_000
    assert [attempt.get("error", "") for attempt in row.attempts] == ["overloaded", ""]


def test_a_replay_adds_nothing(acme: Organization) -> None:
    facts = [event(acme), event(acme)]
    drained(*facts)
    before = balance(acme.pk)
    drained(*facts, facts[0])
    assert calls(acme) == sorted(UUID(fact.call_id) for fact in facts)
    assert balance(acme.pk) == before
    rollups = UsageRollup.platform.filter(organization=acme, grain=UsageRollup.Grain.DAY)
    assert sum(rollups.values_list("events", flat=True)) == 2


def test_a_double_within_a_batch_counts_once(acme: Organization) -> None:
    fact = event(acme)
    drained(fact, fact)
    assert len(booked(acme)) == 1
    assert balance(acme.pk).spent == 1_000


def test_a_replay_mixed_with_new_events_adds_the_new_ones(acme: Organization) -> None:
    old = event(acme)
    drained(old)
    drained(old, event(acme), old)
    assert len(booked(acme)) == 2
    assert balance(acme.pk).spent == 2_000


def test_what_a_dead_drain_had_read_is_read_again(acme: Organization, own_redis: Any) -> None:
    entries = put(event(acme), event(acme))
    own_redis.xgroup_create(STREAM, GROUP, id="0")
    own_redis.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=1)
    drained(event(acme))
    assert len(booked(acme)) == 3
    assert not any(own_redis.xrange(STREAM, entry, entry) for entry in entries)


def test_a_drain_that_died_before_it_took_off_adds_nothing(acme: Organization, own_redis: Any) -> None:
    fact = event(acme)
    put(fact)
    own_redis.xgroup_create(STREAM, GROUP, id="0")
    own_redis.xreadgroup(GROUP, CONSUMER, {STREAM: ">"})  # read, and booked through another copy:
    drained(fact)
    assert len(booked(acme)) == 1
    assert own_redis.xlen(STREAM) == 0
    assert own_redis.xpending(STREAM, GROUP)["pending"] == 0


def test_an_entry_deleted_by_hand_blocks_nothing(acme: Organization, own_redis: Any) -> None:
    (entry,) = put(event(acme))
    own_redis.xgroup_create(STREAM, GROUP, id="0")
    own_redis.xreadgroup(GROUP, CONSUMER, {STREAM: ">"})
    own_redis.xdel(STREAM, entry)
    drained(event(acme))
    assert own_redis.xpending(STREAM, GROUP)["pending"] == 0
    assert len(booked(acme)) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"call_id": "not-a-call-id"}, "not a call id"),
        ({"charged": -1}, "an amount is negative"),
        ({"organization_id": 2**40}, "there is no such organization"),
        ({"latency_ms": 2**40}, "out of range"),
        ({"model": "nul\0"}, ""),
        ({"call_id": "0" * 12 + "7fff8fffffffffffffff"}, "no partition"),
    ],
)
def test_what_cannot_be_booked_is_set_aside(
    acme: Organization, change: dict[str, object], reason: str
) -> None:
    odd = encode(event(acme, **change))
    drained(event(acme), odd, event(acme))
    assert len(booked(acme)) == 2
    told = refused(odd)
    assert told is not None
    assert reason in told


def test_what_is_no_event_is_set_aside(acme: Organization) -> None:
    junk = b"{" + new_call_id().encode()
    drained(junk, event(acme))
    assert refused(junk)
    assert len(booked(acme)) == 1


def test_the_key_remembers_when_it_was_used(acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice).key
    facts = [event(acme, key_id=issued.pk), event(acme, key_id=issued.pk)]
    drained(*reversed(facts))
    used = ApiKey.platform.get(pk=issued.pk).last_used_at
    assert used is not None
    assert round(used.timestamp() * 1000) == max(milliseconds_of(fact.call_id) for fact in facts)


def test_a_key_that_is_being_changed_does_not_hold_up_the_drain(acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice).key
    with organization_scope(acme.pk):  # its row stays locked until the block ends
        ApiKey.objects.filter(pk=issued.pk).update(name="Renamed")
        drained(event(acme, key_id=issued.pk))
        assert len(booked(acme)) == 1


def test_the_ledger_has_what_was_charged(acme: Organization) -> None:
    drained(event(acme), event(acme, charged=300, amount=300))
    usage = Transfer.platform.filter(organization=acme, reason=Transfer.Reason.USAGE)
    assert sum(usage.values_list("amount", flat=True)) == 1_300
