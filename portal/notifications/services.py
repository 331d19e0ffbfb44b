"""Endpoints and the events they are told of. Everything here is about the organization in scope."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.kit.scope import current_organization_id
from portal.notifications import signing
from portal.notifications.models import Delivery, Endpoint, Event
from portal.organizations import audit
from proxyapp.sealing import Sealer

EVENT_TYPES = ("ASYNC_TASK_RESULT",)
"""All there are. An endpoint that names none gets those to come, too."""

FORMER_LIVES = timedelta(hours=24)
"""For so long a secret that was rotated signs beside the new one."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An endpoint and the only copy of its new secret in plain text."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def add(*, url: str, actor: User, description: str = "", event_types: Sequence[str] = ()) -> Issued:
    endpoint = Endpoint(
        organization_id=current_organization_id(),
        url=url,
        description=description,
        event_types=list(event_types),
    )
    secret = _give_secret(endpoint)
    endpoint.save(force_insert=True)
    audit.record(actor, "webhook.added", endpoint)
    return Issued(endpoint, secret)


@transaction.atomic
def change(
    *, endpoint: Endpoint, url: str, description: str, event_types: Sequence[str], actor: User
) -> None:
    """Deliveries that are waiting go to the new address."""
    endpoint.url, endpoint.description, endpoint.event_types = url, description, list(event_types)
    endpoint.save(update_fields=["url", "description", "event_types"])
    _waiting(endpoint).update(url=url)
    audit.record(actor, "webhook.changed", endpoint)


@transaction.atomic
def rotate(*, endpoint: Endpoint, actor: User) -> Issued:
    """A new secret; the one before it signs as well for `FORMER_LIVES`."""
    endpoint.sealed_former = endpoint.sealed
    endpoint.former_until = timezone.now() + FORMER_LIVES
    secret = _give_secret(endpoint)
    endpoint.save(update_fields=["sealed", "sealed_former", "former_until"])
    audit.record(actor, "webhook.rotated", endpoint)
    return Issued(endpoint, secret)


@transaction.atomic
def forget_former(*, endpoint: Endpoint, actor: User) -> None:
    """The secret before the present one signs no more."""
    endpoint.sealed_former, endpoint.former_until = "", None
    endpoint.save(update_fields=["sealed_former", "former_until"])
    audit.record(actor, "webhook.former_secret_forgotten", endpoint)


@transaction.atomic
def disable(*, endpoint: Endpoint, actor: User) -> None:
    """Tell it nothing more; what was waiting is not sent, but can be replayed."""
    stop(endpoint, Endpoint.Reason.BY_HAND)
    audit.record(actor, "webhook.disabled", endpoint)


@transaction.atomic
def enable(*, endpoint: Endpoint, actor: User) -> None:
    endpoint.disabled_at, endpoint.disabled_reason, endpoint.exhausted = None, "", 0
    endpoint.save(update_fields=["disabled_at", "disabled_reason", "exhausted"])
    audit.record(actor, "webhook.enabled", endpoint)


@transaction.atomic
def remove(*, endpoint: Endpoint, actor: User) -> None:
    """With its log."""
    audit.record(actor, "webhook.removed", endpoint)
    endpoint.delete()


def stop(endpoint: Endpoint, reason: Endpoint.Reason) -> None:
    endpoint.disabled_at, endpoint.disabled_reason = timezone.now(), reason
    endpoint.save(update_fields=["disabled_at", "disabled_reason"])
    _waiting(endpoint).update(state=Delivery.State.DROPPED, next_attempt_at=None)


def for_requests() -> Endpoint:
    """What signs for the addresses that requests name; made at first need, with a secret to be rotated."""
    found = Endpoint.objects.filter(url="").first()
    if found is None:
        found = Endpoint(organization_id=current_organization_id())
        _give_secret(found)
        Endpoint.objects.bulk_create([found], ignore_conflicts=True)  # somebody else may have been quicker
        found = Endpoint.objects.get(url="")
    return found


@transaction.atomic
def emit(*, event_type: str, payload: Mapping[str, Any], key: str, url: str = "") -> Event:
    """Tell every endpoint that wants it, and `url` where a request named one, of what happened.

    `key` names the happening: the same again is the same event, and is told once.
    """
    organization_id = current_organization_id()
    event_id = "evt_" + hashlib.sha256(f"{organization_id}:{event_type}:{key}".encode()).hexdigest()[:32]
    now = timezone.now()
    body = {
        "id": event_id,
        "event_type": event_type,
        "created_at": int(now.timestamp()),
        "payload": payload,
    }
    event, is_new = Event.objects.get_or_create(
        id=event_id,
        defaults={
            "organization_id": organization_id,
            "type": event_type,
            "body": msgspec.json.encode(body).decode(),
            "created_at": now,
        },
    )
    if is_new:
        Delivery.objects.bulk_create(_deliveries(event, url))
    return event


@transaction.atomic
def replay(*, delivery: Delivery, actor: User) -> Delivery:
    """Send the same event once more, now, as a delivery of its own, to where its endpoint is by now."""
    url = delivery.endpoint.url or delivery.url
    again = Delivery.objects.create(event_id=delivery.event_id, endpoint_id=delivery.endpoint_id, url=url)
    audit.record(actor, "webhook.replayed", delivery)
    return again


def opened(endpoint: Endpoint) -> list[str]:
    """The secrets that sign at this moment, the newest first."""
    sealer = _sealer()
    sealed = [endpoint.sealed, *([endpoint.sealed_former] if endpoint.has_former() else [])]
    return [sealer.open(text, endpoint.context) for text in sealed]


def _deliveries(event: Event, url: str) -> list[Delivery]:
    told = [
        (endpoint, endpoint.url)
        for endpoint in Endpoint.objects.filter(disabled_at=None).exclude(url="")
        if endpoint.wants(event.type)
    ]
    if url:
        told.append((for_requests(), url))
    return [
        Delivery(organization_id=event.organization_id, event=event, endpoint=endpoint, url=address)
        for endpoint, address in told
    ]


def _waiting(endpoint: Endpoint) -> Any:
    return Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)


def _give_secret(endpoint: Endpoint) -> str:
    secret = signing.mint()
    endpoint.sealed = _sealer().seal(secret, endpoint.context)
    return secret


def _sealer() -> Sealer:
    return Sealer.from_text(settings.ENCRYPTION_KEYS)
