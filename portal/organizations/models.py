"""Tenants and who belongs to them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kit.scope import PlatformManager, ScopedManager


class Role(models.TextChoices):
    """What a member may do in one organization, from most to least."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    DEVELOPER = "developer", _("Developer")
    BILLING = "billing", _("Billing")
    VIEWER = "viewer", _("Viewer")

    @property
    def manages_keys(self) -> bool:
        return self in (Role.OWNER, Role.ADMIN, Role.DEVELOPER)

    @property
    def manages_webhooks(self) -> bool:
        return self in (Role.OWNER, Role.ADMIN)

    @property
    def sees_billing(self) -> bool:
        return self in (Role.OWNER, Role.ADMIN, Role.BILLING)


class Organization(models.Model):
    """A tenant: owns keys, credit and bills. Its own id is its scope."""

    class Enforcement(models.TextChoices):
        HARD = "hard", _("Hard: never a nano-dollar above a cap")
        RELAXED = "relaxed", _("Relaxed: hold the expected cost, overshoot possible")

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    enforcement = models.CharField(max_length=8, choices=Enforcement, default=Enforcement.HARD)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Organization"]] = models.Manager()
    platform = PlatformManager["Organization"]()

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person in an organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.DEVELOPER)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Member"]()
    anywhere: ClassVar[models.Manager["Member"]] = models.Manager()
    platform = PlatformManager["Member"]()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "user", name="member_once")]
        default_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class AuditEntry(models.Model):
    """One line of an organization's diary: who did what. Append-only, each line sealed by the one before."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="diary")
    sequence = models.BigIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = ScopedManager["AuditEntry"]()
    platform = PlatformManager["AuditEntry"]()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "sequence", name="audit_line_once")]
        ordering = ["-sequence"]
        default_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.target}"
