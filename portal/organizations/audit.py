"""The diary: every write with an effect leaves a line in the same transaction.

Lines are numbered and hash-chained per organization, so that a removed or altered line shows.
"""

import hashlib
import json
from typing import Any

from django.db import connections
from django.utils import timezone

from portal.accounts.models import User
from portal.kit.scope import current_organization_id
from portal.organizations.models import AuditEntry

_FIRST = "0" * 64


def record(
    actor: User | None, action: str, target: object, *, using: str = "default", **detail: Any
) -> AuditEntry:
    """Write a line about `target` into the diary of the organization in scope. `None` is the platform itself.

    `using` is the database alias whose transaction the line belongs to.
    """
    organization_id = current_organization_id()
    with connections[using].cursor() as cursor:  # one writer at a time: the chain has one end
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('diary', %s))", [organization_id])
    last = AuditEntry.objects.using(using).order_by("-sequence").first()
    entry = AuditEntry(
        organization_id=organization_id,
        sequence=last.sequence + 1 if last else 1,
        actor=actor,
        action=action,
        target=str(target)[:120],
        detail=detail,
        at=timezone.now(),
        previous_hash=last.hash if last else _FIRST,
    )
    entry.hash = seal(entry)
    entry.save(force_insert=True, using=using)
    return entry


def seal(entry: AuditEntry) -> str:
    """The hash of a line: over its own facts and the hash of the line before it."""
    facts = [
        entry.previous_hash,
        entry.organization_id,
        entry.sequence,
        entry.actor_id,
        entry.action,
        entry.target,
        entry.detail,
        entry.at.isoformat(),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
