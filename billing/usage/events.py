"""Usage events into PostgreSQL: one statement per batch, each event once whatever is replayed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import connections

from billing.usage.models import UsageEvent as BookedEvent
from proxyapp.usage import UsageEvent, milliseconds_of

Kind = BookedEvent.Kind
_FIELDS = {
    **dict.fromkeys(
        ("organization_id", "key_id", "user_id", "model_id", "provider_id", "route_id", "credential_id"),
        "bigint",
    ),
    **dict.fromkeys(("protocol", "outcome", "error", "source"), "text"),
    **dict.fromkeys(("input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), "bigint"),
    **dict.fromkeys(("reasoning", "calls", "images", "seconds", "characters"), "bigint"),
    **dict.fromkeys(("sell_price_id", "cost_price_id", "held", "amount", "charged", "cost"), "bigint"),
    **dict.fromkeys(("multiplier_ppm", "latency_ms", "first_output_ms"), "integer"),
    "call_id": "uuid",
    "adjusts": "uuid",
    "stream": "boolean",
    "status": "smallint",
    "attempts": "jsonb",
}
_INSERT = f"""
INSERT INTO usage_usageevent ({", ".join(_FIELDS)}, model_name, occurred_at, kind)
SELECT {", ".join(_FIELDS)}, model, 'epoch'::timestamptz + occurred_ms * interval '1 millisecond',
  CASE WHEN adjusts IS NULL THEN {Kind.USAGE.value} ELSE {Kind.ADJUSTMENT.value} END
FROM json_to_recordset(%s::json)
  AS event({", ".join(f"{name} {kind}" for name, kind in _FIELDS.items())}, model text, occurred_ms bigint)
ON CONFLICT DO NOTHING
RETURNING organization_id, call_id
"""  # noqa: S608 - the names are the constants above

# A key that somebody is changing right now is not waited for: its next call comes by again.
_TOUCH = """
UPDATE keys_apikey SET last_used_at = greatest(last_used_at, used.at) FROM (
  SELECT key.id, 'epoch'::timestamptz + used.ms * interval '1 millisecond' AS at
  FROM json_to_recordset(%s::json) AS used(id bigint, ms bigint) JOIN keys_apikey key USING (id)
  ORDER BY key.id FOR NO KEY UPDATE OF key SKIP LOCKED
) AS used WHERE keys_apikey.id = used.id
"""


def insert(batch: Sequence[UsageEvent]) -> list[UsageEvent]:
    """Insert what is not there yet; the events that are really new, in their order."""
    once: dict[tuple[int, str], UsageEvent] = {}
    for event in batch:
        once.setdefault((event.organization_id, event.call_id), event)
    facts = msgspec.json.encode([_facts(event) for event in once.values()]).decode()
    with connections["platform"].cursor() as cursor:
        cursor.execute(_INSERT, [facts])
        fresh = {(organization_id, call_id.hex) for organization_id, call_id in cursor.fetchall()}
    return [event for name, event in once.items() if name in fresh]


def known(places: Sequence[tuple[int, str]]) -> set[str]:
    """Which of these calls, each of an organization, are among the events."""
    if not places:
        return set()
    times = [milliseconds_of(call_id) for _, call_id in places]
    rows = BookedEvent.platform.filter(
        organization_id__in={organization_id for organization_id, _ in places},
        occurred_at__gte=_moment(min(times)),
        occurred_at__lte=_moment(max(times) + 1),
        call_id__in=[call_id for _, call_id in places],
    )
    return {call_id.hex for call_id in rows.values_list("call_id", flat=True)}


def touch_keys(fresh: Sequence[UsageEvent]) -> None:
    """Remember when each key was last used; what is taken back was no use."""
    latest: dict[int, int] = {}
    for event in fresh:
        if event.adjusts:
            continue
        latest[event.key_id] = max(latest.get(event.key_id, 0), milliseconds_of(event.call_id))
    used = [{"id": key_id, "ms": milliseconds} for key_id, milliseconds in latest.items()]
    with connections["platform"].cursor() as cursor:
        cursor.execute(_TOUCH, [msgspec.json.encode(used).decode()])


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def _facts(event: UsageEvent) -> dict[str, Any]:
    facts = msgspec.structs.asdict(event)
    facts |= msgspec.structs.asdict(facts.pop("usage"))
    facts["adjusts"] = event.adjusts or None
    facts["occurred_ms"] = milliseconds_of(event.call_id)
    return facts
