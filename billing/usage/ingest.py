"""The drain: usage events from the Redis stream into events, roll-ups and ledger, a transaction per batch.

An entry leaves the stream only after the commit. Whatever dies in between, the entry is read again, its event
is found to be there already, and nothing is added twice.
"""

import re
from collections.abc import Callable, Sequence

import msgspec
from django.db import DataError, IntegrityError, connections, transaction

from billing.charges.charge import charge
from billing.ledger.locks import DRAIN, try_alone, wait_alone
from billing.usage import events, rollups, stream
from billing.usage.stream import Entry, Refusal
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.usage import UsageEvent

BATCH = 5_000
_BATCHES = 100
_CALL_ID = re.compile("[0-9a-f]{32}")
_decode: Callable[[bytes], UsageEvent] = msgspec.json.Decoder(UsageEvent).decode

Read = tuple[Entry, UsageEvent]


def drain(limit: int = 1_000, *, patient: bool = False) -> int:
    """Book one batch of the stream; how many entries were taken off it.

    0 where the stream is empty, or another drain is at work: a `patient` one waits for that to end.
    """
    redis = client()
    with transaction.atomic(using="platform", durable=True):
        if patient:
            wait_alone(DRAIN)
        elif not try_alone(DRAIN):
            return 0
        entries = stream.read(redis, limit)
        readable, refusals = _decoded(entries)
        refusals += _book(readable)
    stream.take_off(redis, entries, refusals)
    return len(entries)


def drain_all(*, patient: bool = False) -> int:
    """Drain until the stream is empty, or for so long that others should have a turn; how many entries."""
    total = 0
    for _ in range(_BATCHES):
        taken = drain(BATCH, patient=patient)
        total += taken
        if taken < BATCH:
            break
    return total


def _decoded(entries: Sequence[Entry]) -> tuple[list[Read], list[Refusal]]:
    decoded: list[Read] = []
    refusals: list[Refusal] = []
    for entry in entries:
        if entry.body is None:
            continue  # deleted by hand: there is nothing left to book
        try:
            decoded.append((entry, _event(entry.body)))
        except ValueError as error:
            refusals.append(Refusal(entry, str(error)))
    tenants = {event.organization_id for _, event in decoded}
    known = set(Organization.platform.filter(pk__in=tenants).values_list("pk", flat=True))
    strangers = [entry for entry, event in decoded if event.organization_id not in known]
    refusals += [Refusal(entry, "there is no such organization") for entry in strangers]
    return [(entry, event) for entry, event in decoded if event.organization_id in known], refusals


def _event(body: bytes) -> UsageEvent:
    try:
        event = _decode(body)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if not _CALL_ID.fullmatch(event.call_id):
        raise ValueError(f"not a call id: {event.call_id[:80]!r}")
    amounts = (event.amount, event.charged, event.cost)
    if event.adjusts:
        _refuse_gain(event, max(amounts))
    elif min(amounts) < 0:
        raise ValueError("an amount is negative")
    return event


def _refuse_gain(event: UsageEvent, largest: int) -> None:
    """An adjustment names what it takes back, and takes it back."""
    if not _CALL_ID.fullmatch(event.adjusts):
        raise ValueError(f"adjusts no call: {event.adjusts[:80]!r}")
    if largest > 0:
        raise ValueError("an adjustment has a positive amount")


def _book(batch: Sequence[Read]) -> list[Refusal]:
    """Book the batch. Where PostgreSQL refuses it, its halves are tried, until the culprit stands alone."""
    if not batch:
        return []
    try:
        with transaction.atomic(using="platform"):
            _add([event for _, event in batch])
    except (DataError, IntegrityError) as error:
        if len(batch) == 1:
            return [Refusal(batch[0][0], str(error).partition("\n")[0])]
        middle = len(batch) // 2
        return _book(batch[:middle]) + _book(batch[middle:])
    return []


def _add(batch: Sequence[UsageEvent]) -> None:
    fresh = events.insert(batch)
    if not fresh:
        return
    rollups.add(fresh)
    events.touch_keys(fresh)
    charge(fresh)
    with connections["platform"].cursor() as cursor:  # deferred checks must refuse here, not at the commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
