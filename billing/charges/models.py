"""Credit given to an organization, each grant with an account of its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.ledger.models import Account
from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization


class Grant(models.Model):
    """Credit. Grants burn in the order of priority, expiry and age. Amounts are nano-USD.

    A grant can be spent until what is left of it has been taken back, which `expired_amount` remembers.
    """

    class Kind(models.TextChoices):
        WELCOME = "welcome", _("Welcome credit")
        PROVISIONED = "provisioned", _("Credit from the operator")

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="grants")
    account = models.OneToOneField(Account, models.PROTECT, related_name="grant")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = models.BigIntegerField()
    priority = models.SmallIntegerField(default=50)
    expires_at = models.DateTimeField(null=True)
    expired_amount = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Grant"]()
    platform = PlatformManager["Grant"]()

    class Meta:
        default_manager_name = "objects"
        ordering = ["priority", models.F("expires_at").asc(nulls_last=True), "id"]
        constraints = [
            models.UniqueConstraint(
                "organization", condition=models.Q(kind="welcome"), name="one_welcome_per_organization"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    def burn_order(self) -> tuple[int, bool, float, int]:
        """Sorts as `Meta.ordering` does."""
        expires = self.expires_at
        return self.priority, expires is None, expires.timestamp() if expires else 0, self.pk
