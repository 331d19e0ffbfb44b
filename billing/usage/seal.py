"""Sealing: a closed bucket is summed again from its events, and put right where the sums differ.

They never should: roll-ups move in the transaction that inserts the events. This is the check that they do.
"""

import logging
from datetime import datetime, timedelta

from django.db import connections, transaction
from django.utils import timezone

from billing.ledger.locks import DRAIN, wait_alone
from billing.usage.histogram import BOUNDS_MS, BUCKETS
from billing.usage.models import UsageEvent, UsageRollup
from billing.usage.rollups import CLEAN, COUNTERS

MINUTES_KEPT = timedelta(hours=48)

log = logging.getLogger(__name__)

_BOUNDS = f"ARRAY[{', '.join(map(str, BOUNDS_MS))}]"
_CALLS = f"kind = {UsageEvent.Kind.USAGE.value}"
_COUNTED = {
    "events": f"count(*) FILTER (WHERE {_CALLS})",
    "errors": f"count(*) FILTER (WHERE {_CALLS} AND outcome NOT IN ({', '.join(map(repr, CLEAN))}))",
    "attempts": "sum(jsonb_array_length(attempts))::bigint",
}
_STORED = ", ".join(
    ("organization_id", "key_id", "model_id", "provider_id", *COUNTERS, "latency", "first_output")
)


def _histogram(column: str, which: str) -> str:
    counts = (
        f"count(*) FILTER (WHERE {which} AND width_bucket({column}, {_BOUNDS}) = {bucket})"
        for bucket in range(BUCKETS)
    )
    return f"ARRAY[{', '.join(counts)}]"


_COMPUTED = ", ".join(
    (
        "organization_id, key_id, model_id, provider_id",
        *(_COUNTED.get(name, f"sum({name})::bigint") for name in COUNTERS),
        _histogram("latency_ms", _CALLS),
        _histogram("first_output_ms", f"{_CALLS} AND first_output_ms > 0"),
    )
)
_FROM_EVENTS = f"""
SELECT {_COMPUTED} FROM usage_usageevent WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
GROUP BY organization_id, key_id, model_id, provider_id
"""  # noqa: S608 - constants
_FROM_ROLLUPS = f"""
SELECT {_STORED} FROM usage_usagerollup WHERE grain = %(grain)s AND bucket = %(since)s
"""  # noqa: S608 - constants
# One statement sees one state of the database: the drain may go on meanwhile.
_DIFFER = f"""
WITH computed AS MATERIALIZED ({_FROM_EVENTS}), stored AS MATERIALIZED ({_FROM_ROLLUPS})
SELECT count(DISTINCT (organization_id, key_id, model_id, provider_id)) FROM (
  (TABLE computed EXCEPT TABLE stored) UNION ALL (TABLE stored EXCEPT TABLE computed)
) AS difference(organization_id, key_id, model_id, provider_id)
"""  # noqa: S608 - constants
_REPLACE = f"""
INSERT INTO usage_usagerollup (grain, bucket, {_STORED})
SELECT %(grain)s, %(since)s, computed.* FROM ({_FROM_EVENTS}) AS computed
"""  # noqa: S608 - constants


def seal(grain: UsageRollup.Grain, since: datetime) -> int:
    """Compare one bucket with its events and put it right; how many roll-ups were wrong."""
    length = {1: timedelta(minutes=1), 2: timedelta(hours=1), 3: timedelta(days=1)}[grain]
    bucket: dict[str, int | datetime] = {"grain": grain.value, "since": since, "until": since + length}
    with transaction.atomic(using="platform"), connections["platform"].cursor() as cursor:
        cursor.execute(_DIFFER, bucket)
        (wrong,) = cursor.fetchone()
        if wrong:
            log.error("%s roll-ups of the %s %s were wrong and are replaced", wrong, grain.label, since)
            wait_alone(DRAIN)
            UsageRollup.platform.filter(grain=grain, bucket=since).delete()
            cursor.execute(_REPLACE, bucket)
    return int(wrong)


def seal_closed(now: datetime | None = None) -> int:
    """Seal the hour that closed last, and after midnight (UTC) the day; how many roll-ups were wrong."""
    hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    wrong = seal(UsageRollup.Grain.HOUR, hour - timedelta(hours=1))
    if hour.hour == 0:
        wrong += seal(UsageRollup.Grain.DAY, hour - timedelta(days=1))
    return wrong


def prune_minutes(now: datetime | None = None) -> int:
    """Drop the minutes that nobody asks for any more: hours and days hold the same. How many rows."""
    with transaction.atomic(using="platform"):
        wait_alone(DRAIN)
        old = UsageRollup.platform.filter(
            grain=UsageRollup.Grain.MINUTE, bucket__lt=(now or timezone.now()) - MINUTES_KEPT
        )
        return old.delete()[0]
