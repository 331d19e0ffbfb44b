"""Webhooks of the cast, and what became of them."""

from typing import Any

from django.utils import timezone

from portal.accounts.models import User
from portal.kit.scope import organization_scope
from portal.notifications import services as webhooks
from portal.notifications.delivery import Claim
from portal.notifications.models import Attempt, Delivery, Endpoint
from portal.organizations.models import Organization
from tests.support.waiting import eventually

TYPE = "ASYNC_TASK_RESULT"
State = Delivery.State


def add(organization: Organization, actor: User, url: str, **facts: Any) -> webhooks.Issued:
    with organization_scope(organization.pk):
        return webhooks.add(url=url, actor=actor, **facts)


def emit(organization: Organization, key: str = "1", *, url: str = "", **payload: Any) -> str:
    """The id of the event."""
    with organization_scope(organization.pk):
        return webhooks.emit(event_type=TYPE, payload=payload, key=key, url=url).pk


def held_back(organization: Organization, key: str = "1", url: str = "") -> Claim:
    """An event whose only delivery the stack's own worker does not take: it is claimed for the test."""
    with organization_scope(organization.pk):
        event = webhooks.emit(event_type=TYPE, payload={}, key=key, url=url)
        Delivery.objects.filter(event=event).update(next_attempt_at=None, tried=1)
        return Claim(Delivery.objects.get(event=event).pk, organization.pk)


def deliveries(organization: Organization) -> list[Delivery]:
    return list(Delivery.platform.filter(organization=organization).order_by("created_at", "pk"))


def attempts(organization: Organization) -> list[Attempt]:
    return list(Attempt.platform.filter(organization=organization).order_by("at"))


def ends(organization: Organization, *states: State) -> None:
    """Wait until the deliveries are in these states."""
    eventually(lambda: [each.state for each in deliveries(organization)] == list(states))


def hurry(organization: Organization, tried: int | None = None) -> None:
    """What waits is due now; with `tried`, so many attempts are said to lie behind it."""
    change: dict[str, Any] = {"next_attempt_at": timezone.now()}
    if tried is not None:
        change["tried"] = tried
    Delivery.platform.filter(organization=organization, state=State.WAITING).update(**change)


def endpoint(issued: webhooks.Issued) -> Endpoint:
    return Endpoint.platform.get(pk=issued.endpoint.pk)
