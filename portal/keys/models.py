"""API keys: shown once, stored as a keyed digest."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.kit.scope import PlatformManager, ScopedManager
from portal.organizations.models import Organization
from proxyapp.snapshot import KeyStatus


class ApiKey(models.Model):
    """What a client sends us. `budget_total` is nano-USD; a limit of None is no limit."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    rpm = models.PositiveIntegerField(null=True, blank=True)
    concurrency = models.PositiveIntegerField(null=True, blank=True)
    budget_total = models.BigIntegerField(null=True, blank=True)

    objects = ScopedManager["ApiKey"]()
    platform = PlatformManager["ApiKey"]()

    class Meta:
        ordering = ["-created_at", "-id"]
        default_manager_name = "objects"
        constraints = [
            models.CheckConstraint(condition=models.Q(budget_total__gte=0), name="budget_is_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…{self.last4})"

    @property
    def status(self) -> KeyStatus:
        """As the gateway is told. Expiry is a date, not a status: it needs nobody to act on it."""
        if self.revoked_at:
            return "revoked"
        return "disabled" if self.disabled_at else "active"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
