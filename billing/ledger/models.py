"""Double entry. One transfer debits one account and credits another, so the books balance by construction."""

import uuid

from django.db import models

from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization


class Account(models.Model):
    """A place where value lies. Its four sums are projections, moved only by the trigger on transfers.

    Without an organization it is one of the platform's own accounts, which no tenant sees.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="accounts")
    code = models.CharField(max_length=60)
    no_overdraft = models.BooleanField(default=False)
    debits_pending = models.BigIntegerField(default=0)
    debits_posted = models.BigIntegerField(default=0)
    credits_pending = models.BigIntegerField(default=0)
    credits_posted = models.BigIntegerField(default=0)

    objects = ScopedManager["Account"]()
    platform = PlatformManager["Account"]()

    class Meta:
        default_manager_name = "objects"
        constraints = [
            models.UniqueConstraint("organization", "code", name="account_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(no_overdraft=False)
                | models.Q(credits_posted__gte=models.F("debits_posted") + models.F("debits_pending")),
                name="no_overdraft",
            ),
            models.CheckConstraint(
                condition=models.Q(debits_pending__gte=0, credits_pending__gte=0),
                name="pending_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def balance(self) -> int:
        """Posted credits less posted debits, in nano-USD."""
        return self.credits_posted - self.debits_posted

    @property
    def spendable(self) -> int:
        """The balance less what pending transfers reserve of it."""
        return self.balance - self.debits_pending


class Transfer(models.Model):
    """An immutable movement of `amount` nano-USD. Its id is the caller's idempotency key.

    A pending transfer reserves; it is resolved at most once, by a posting of at most its amount or by a void.
    `organization` is the one on whose statement it stands; what we waive and what providers bill have none.
    """

    class Kind(models.IntegerChoices):
        SINGLE = 0
        PENDING = 1
        POST = 2
        VOID = 3

    class Reason(models.TextChoices):
        GRANT = "grant"
        USAGE = "usage"
        OVERRUN = "overrun"
        COST = "cost"
        EXPIRY = "expiry"
        REFUND = "refund"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.SmallIntegerField(choices=Kind, default=Kind.SINGLE)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    pending = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    reference = models.CharField(max_length=120, blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Transfer"]()
    platform = PlatformManager["Transfer"]()

    class Meta:
        default_manager_name = "objects"
        ordering = ["-at"]
        indexes = [
            models.Index("organization", models.F("at").desc(), name="transfer_statement"),
            models.Index(
                fields=["organization"], condition=models.Q(reason="refund"), name="transfer_refunds"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="amount_is_not_negative"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="two_accounts"),
            models.CheckConstraint(
                condition=models.Q(kind__in=(2, 3), pending__isnull=False)
                | models.Q(kind__in=(0, 1), pending__isnull=True),
                name="resolutions_name_their_hold",
            ),
            models.UniqueConstraint("pending", name="resolved_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.amount}"
