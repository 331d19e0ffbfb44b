"""Issuing, renaming, disabling and revoking keys. Every one reaches the gateway through the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.kit import outbox
from portal.organizations import audit
from proxyapp import token
from proxyapp.token import Token

TOPIC = "key"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and its only copy in plain text."""

    key: ApiKey
    secret: str


@transaction.atomic
def issue(
    *,
    name: str,
    actor: User,
    expires_at: datetime | None = None,
    rpm: int | None = None,
    concurrency: int | None = None,
    budget_total: int | None = None,
    minted: Token | None = None,
) -> Issued:
    """A new key for the organization in scope. `minted` is for keys that must be the same at every start."""
    secret = minted or token.mint()
    key = ApiKey.objects.create(
        name=name,
        prefix=secret.prefix,
        last4=secret.last4,
        digest=token.digest(secret.text, settings.KEY_PEPPER),
        created_by=actor,
        expires_at=expires_at,
        rpm=rpm,
        concurrency=concurrency,
        budget_total=budget_total,
    )
    _changed(key, actor, "key.issued")
    return Issued(key, secret.text)


@transaction.atomic
def rename(*, key: ApiKey, name: str, actor: User) -> None:
    key.name = name
    key.save(update_fields=["name"])
    _changed(key, actor, "key.renamed")


@transaction.atomic
def limit(
    *, key: ApiKey, rpm: int | None, concurrency: int | None, budget_total: int | None, actor: User | None
) -> None:
    """Set all of a key's limits; None lifts one."""
    key.rpm, key.concurrency, key.budget_total = rpm, concurrency, budget_total
    key.save(update_fields=["rpm", "concurrency", "budget_total"])
    _changed(key, actor, "key.limited", rpm=rpm, concurrency=concurrency, budget_total=budget_total)


@transaction.atomic
def disable(*, key: ApiKey, actor: User) -> None:
    """Refuse the key until it is enabled again."""
    key.disabled_at = timezone.now()
    key.save(update_fields=["disabled_at"])
    _changed(key, actor, "key.disabled")


@transaction.atomic
def enable(*, key: ApiKey, actor: User) -> None:
    key.disabled_at = None
    key.save(update_fields=["disabled_at"])
    _changed(key, actor, "key.enabled")


@transaction.atomic
def revoke(*, key: ApiKey, actor: User) -> None:
    """Refuse the key for ever; its history stays."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        _changed(key, actor, "key.revoked")


def _changed(key: ApiKey, actor: User | None, action: str, **detail: Any) -> None:
    audit.record(actor, action, key, **detail)
    outbox.enqueue(TOPIC, key.pk)
