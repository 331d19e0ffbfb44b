"""Webhooks: where an organization is told of what happened, what it was told, and how that went."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization


class Endpoint(models.Model):
    """An address that is told of events of these types, of all where none is named.

    The one without a `url` stands for the addresses that requests name themselves: it holds the secret that
    signs those. `exhausted` counts the events in a row that could not be delivered at all.
    """

    class Reason(models.TextChoices):
        BY_HAND = "by_hand", _("Disabled")
        FAILING = "failing", _("Disabled: it kept failing")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    url = models.CharField(max_length=2000, blank=True)
    description = models.CharField(max_length=120, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sealed = models.TextField(editable=False)
    sealed_former = models.TextField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True)
    exhausted = models.PositiveIntegerField(default=0)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=10, choices=Reason, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Endpoint"]()
    platform = PlatformManager["Endpoint"]()

    class Meta:
        default_manager_name = "objects"
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "organization", condition=models.Q(url=""), name="one_endpoint_for_requests"
            )
        ]

    def __str__(self) -> str:
        return self.url or "addresses named in requests"

    @property
    def context(self) -> str:
        """What its sealed secrets are bound to."""
        return f"webhook:{self.pk}"

    @property
    def is_for_requests(self) -> bool:
        return not self.url

    def has_former(self, now: datetime | None = None) -> bool:
        """Whether the secret before the present one still signs as well."""
        return bool(self.former_until and self.former_until > (now or timezone.now()))

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class Event(models.Model):
    """Something that happened, as the JSON `body` that every receiver gets."""

    id = models.CharField(max_length=40, primary_key=True)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    type = models.CharField(max_length=60)
    body = models.TextField()
    created_at = models.DateTimeField()

    objects = ScopedManager["Event"]()
    platform = PlatformManager["Event"]()

    class Meta:
        default_manager_name = "objects"

    def __str__(self) -> str:
        return self.id


class Delivery(models.Model):
    """One event on its way to one address. `next_attempt_at` is also the end of the lease of who tries it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        GIVEN_UP = "given_up", _("Given up")
        DROPPED = "dropped", _("Not sent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    url = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tried = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Delivery"]()
    platform = PlatformManager["Delivery"]()

    class Meta:
        default_manager_name = "objects"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(state="waiting"), name="delivery_due"
            ),
            models.Index("endpoint", models.F("created_at").desc(), name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.url}"


class Attempt(models.Model):
    """One try: the HTTP status that came, 0 for none, and what went wrong."""

    class Failure(models.TextChoices):
        ADDRESS = "address", _("The address is not on the public internet.")
        URL = "url", _("The address is no URL.")
        CONNECT = "connect", _("No connection could be made.")
        TIMEOUT = "timeout", _("There was no answer within 5 seconds.")
        BROKEN = "broken", _("The connection broke.")
        REDIRECT = "redirect", _("Redirects are not followed.")
        STATUS = "status", _("The answer was not 2xx.")
        SECRET = "secret", _("The signing secret cannot be opened.")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=10, choices=Failure, blank=True)
    milliseconds = models.PositiveIntegerField()

    objects = ScopedManager["Attempt"]()
    platform = PlatformManager["Attempt"]()

    class Meta:
        default_manager_name = "objects"
        ordering = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.number}: {self.status or self.failure}"
