"""Media tasks, and what of them must still reach the usage stream."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    """ADMITTING is a task whose money has not been seen to move yet: nobody has been told of it."""

    ADMITTING = "admitting"
    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEED = "succeed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LONGEST_WAIT = timedelta(seconds=60)
"""Between two steps of a task."""

LIVE = (State.QUEUED, State.PROCESSING)


class Endpoint(models.TextChoices):
    """Where a task came in, and so where it goes on at the provider."""

    ASYNC = "async"
    VIDEO = "video"
    SYNC = "sync"


class MediaTask(models.Model):
    """One order. `turn` counts who has taken it up: only the latest may change it.

    `request` is forgotten where it is large, once the provider has it. `charge` is the usage event of its
    admission, `rates` what it was reckoned with: pico-USD by meter, under `sell` and `cost`. `results` are
    files of ours: `kind`, `name`, `type`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey("organizations.Organization", models.PROTECT, related_name="+")
    key_id = models.BigIntegerField()
    model = models.CharField(max_length=120)
    endpoint = models.CharField(max_length=5, choices=Endpoint)
    state = models.CharField(max_length=10, choices=State, default=State.ADMITTING)
    request = models.JSONField()
    webhook_url = models.CharField(max_length=2000, blank=True)
    charge = models.JSONField()
    rates = models.JSONField(default=dict)
    call_id = models.CharField(max_length=32, unique=True)
    sell_price_id = models.BigIntegerField()
    units = models.JSONField()
    charged = models.BigIntegerField()
    route_id = models.BigIntegerField(default=0)
    provider_id = models.BigIntegerField(default=0)
    credential_id = models.BigIntegerField(default=0)
    upstream_task_id = models.CharField(max_length=200, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=400, blank=True)
    results = models.JSONField(default=list)
    turn = models.PositiveIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_step_at = models.DateTimeField(null=True, default=timezone.now)
    deadline_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    files_kept = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_step_at"],
                condition=models.Q(state__in=("admitting", "queued", "processing")),
                name="media_task_due",
            ),
            models.Index(fields=["ended_at"], condition=models.Q(files_kept=True), name="media_task_files"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_in_hand(self) -> bool:
        """Whether somebody is at it at this moment: a lease is longer than any wait."""
        return self.next_step_at is not None and self.next_step_at > timezone.now() + LONGEST_WAIT


class Posting(models.Model):
    """A usage event, written with the change that it tells of, until PostgreSQL has it among the events.

    `moves_wallet`: the wallet in Redis has still to be moved by it. One charge and one refund for each task.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge"
        REFUND = "refund"

    organization = models.ForeignKey("organizations.Organization", models.PROTECT, related_name="+")
    task = models.ForeignKey(MediaTask, models.PROTECT, related_name="postings")
    kind = models.CharField(max_length=6, choices=Kind)
    event: Any = models.JSONField()
    moves_wallet = models.BooleanField(default=False)
    tells = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    booked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("task", "kind", name="posting_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(booked_at=None), name="posting_open")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.task_id}"
