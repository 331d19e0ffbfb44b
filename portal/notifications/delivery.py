"""Sending what is due: claim it, try it outside of any transaction, write down how that went.

Who dies in between leaves a lease that ends, and the delivery is tried again: a receiver may hear of an event
twice, and knows it by its id. Claiming looks at all organizations; what follows is in the scope of its own.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.kit.errands import Lane
from portal.kit.scope import organization_scope
from portal.notifications import notices, services, signing
from portal.notifications.models import Attempt, Delivery, Endpoint, Event
from proxyapp.sealing import SealError
from proxyapp.upstream.errand import AddressRefused, Lookup, client, system_lookup

SECONDS = 5.0
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
MOST_EXHAUSTED = 5
"""So many events in a row that could not be delivered disable an endpoint."""
KEPT = timedelta(days=30)

_LEASE = timedelta(seconds=60)
_PRUNED_AT_ONCE = 500  # whatever is deleted is read before, each with its body
_FAILURES: dict[type[Exception], Attempt.Failure] = {
    AddressRefused: Attempt.Failure.ADDRESS,
    SealError: Attempt.Failure.SECRET,
    httpx.TimeoutException: Attempt.Failure.TIMEOUT,
    httpx.ConnectError: Attempt.Failure.CONNECT,
    httpx.InvalidURL: Attempt.Failure.URL,
    UnicodeError: Attempt.Failure.URL,  # a name that is no IDNA
    httpx.UnsupportedProtocol: Attempt.Failure.URL,
    httpx.HTTPError: Attempt.Failure.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours to try until its lease ends."""

    delivery_id: UUID
    organization_id: int

    @property
    def lane(self) -> int:
        """Receivers of one organization may be slow together."""
        return self.organization_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went: the status that came, 0 for none, and what was wrong, if anything."""

    status: int
    failure: str
    milliseconds: int


def claim(limit: int, crowded: Collection[Lane] = ()) -> list[Claim]:
    """Take up to `limit` deliveries that are due, longest overdue first, none in a `crowded` lane."""
    with transaction.atomic(using="platform"):
        due = Delivery.platform.filter(state=Delivery.State.WAITING, next_attempt_at__lte=timezone.now())
        due = due.exclude(organization_id__in=crowded)
        rows = list(due.select_for_update(skip_locked=True).order_by("next_attempt_at")[:limit])
        Delivery.platform.filter(pk__in=[row.pk for row in rows]).update(
            tried=F("tried") + 1, next_attempt_at=timezone.now() + _LEASE
        )
    return [Claim(row.pk, row.organization_id) for row in rows]


def attempt(claimed: Claim, lookup: Lookup = system_lookup) -> None:
    """Try it once."""
    with organization_scope(claimed.organization_id):
        found = Delivery.objects.select_related("event", "endpoint").filter(
            pk=claimed.delivery_id, state=Delivery.State.WAITING
        )
        delivery = found.first()
    if delivery is None:
        return  # its endpoint was disabled or removed meanwhile
    at = timezone.now()
    outcome = _send(delivery, lookup)
    with organization_scope(claimed.organization_id):
        Attempt.objects.create(
            delivery=delivery,
            number=delivery.tried,
            at=at,
            status=outcome.status,
            failure=outcome.failure,
            milliseconds=outcome.milliseconds,
        )
        _conclude(delivery, outcome)


def prune() -> int:
    """Forget events that are older than `KEPT`, with their log; how many."""
    old = Event.platform.filter(created_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)
    pruned = 0
    while some := list(old[:_PRUNED_AT_ONCE]):
        pruned += Event.platform.filter(pk__in=some).delete()[1]["notifications.Event"]
    return pruned


def _send(delivery: Delivery, lookup: Lookup) -> Outcome:
    began = time.monotonic()
    status, failure = 0, ""
    try:
        body = delivery.event.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tollgate-Webhooks/1",
            "X-Gateway-Event-Id": delivery.event_id,
            "X-Gateway-Delivery-Attempt": str(delivery.tried),
            "X-Gateway-Signature": signing.signature(
                body, services.opened(delivery.endpoint), int(time.time())
            ),
        }
        private = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES
        with (
            client(seconds=SECONDS, allow_private=private, lookup=lookup) as caller,
            caller.stream("POST", delivery.url, content=body, headers=headers) as response,
        ):
            status = response.status_code  # what the answer says is nobody's business: it is not read
    except tuple(_FAILURES) as error:
        failure = next(name for kind, name in _FAILURES.items() if isinstance(error, kind))
    if status and not 200 <= status < 300:
        failure = Attempt.Failure.REDIRECT if 300 <= status < 400 else Attempt.Failure.STATUS
    return Outcome(status, failure, round((time.monotonic() - began) * 1000))


def _conclude(delivery: Delivery, outcome: Outcome) -> None:
    """The endpoint before the delivery, as whoever stops one does: else they would lock each other."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, tried=delivery.tried)
    if not outcome.failure:
        Endpoint.objects.filter(pk=delivery.endpoint_id, exhausted__gt=0).update(exhausted=0)
        mine.update(state=Delivery.State.DELIVERED, next_attempt_at=None)
    elif delivery.tried <= len(RETRIES):
        mine.update(next_attempt_at=timezone.now() + RETRIES[delivery.tried - 1])
    else:
        endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        if mine.update(state=Delivery.State.GIVEN_UP, next_attempt_at=None):
            _count_exhausted(endpoint)


def _count_exhausted(endpoint: Endpoint) -> None:
    """One more event that came to nothing; those for requests go to many addresses and are never disabled."""
    endpoint.exhausted += 1
    endpoint.save(update_fields=["exhausted"])
    if endpoint.exhausted >= MOST_EXHAUSTED and endpoint.url and endpoint.disabled_at is None:
        services.stop(endpoint, Endpoint.Reason.FAILING)
        notices.webhook_disabled(endpoint)
