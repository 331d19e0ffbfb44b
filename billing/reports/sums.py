"""Sums for the usage page, from the roll-ups alone: a page costs the same for any number of calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.reports.period import Period, midnight
from billing.usage.histogram import percentile
from billing.usage.models import UsageRollup

PROMPT = F("input") + F("cache_read") + F("cache_write_5m") + F("cache_write_1h")
_TOP = 20
_DAY = UsageRollup.Grain.DAY
_ADD_UP = """
SELECT sum(counted) FROM ({rows}) AS chosen, unnest(chosen.latency) WITH ORDINALITY AS bucket(counted, n)
GROUP BY n ORDER BY n
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which roll-ups a report is about."""

    period: Period
    key_id: int | None = None
    model_id: int | None = None

    @property
    def narrowed(self) -> dict[str, int]:
        wanted = {"key_id": self.key_id, "model_id": self.model_id}
        return {name: value for name, value in wanted.items() if value is not None}

    @property
    def rows(self) -> QuerySet[UsageRollup]:
        return UsageRollup.objects.filter(grain=_DAY, bucket__gte=self.period.since, **self.narrowed)


@dataclass(frozen=True, slots=True)
class Totals:
    """What came together in a period. Amounts are nano-USD, latencies milliseconds."""

    events: int
    errors: int
    charged: int
    prompt: int
    cache_read: int
    output: int
    p50: int | None
    p95: int | None

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


def totals(selection: Selection) -> Totals:
    sums = selection.rows.aggregate(
        events=_sum("events"),
        errors=_sum("errors"),
        charged=_sum("charged"),
        prompt=_sum(PROMPT),
        cache_read=_sum("cache_read"),
        output=_sum("output"),
    )
    histogram = _latency(selection)
    return Totals(p50=percentile(histogram, 50), p95=percentile(histogram, 95), **sums)


def spent(selection: Selection) -> tuple[int, int]:
    """Nano-USD spent today and in this calendar month, whatever the period."""
    today = selection.period.today
    this_month = UsageRollup.objects.filter(
        grain=_DAY, bucket__gte=midnight(today.replace(day=1)), **selection.narrowed
    )
    sums = this_month.aggregate(
        today=_sum("charged", filter=Q(bucket__gte=midnight(today))), month=_sum("charged")
    )
    return sums["today"], sums["month"]


def by_day(selection: Selection, **columns: Any) -> dict[date, dict[str, int]]:
    """Sums of the columns (a name or an expression each) by day."""
    sums = {name: _sum(column) for name, column in columns.items()}
    return {row.pop("bucket").date(): row for row in selection.rows.values("bucket").annotate(**sums)}


def by_day_and_model(selection: Selection) -> dict[tuple[date, int], int]:
    """Nano-USD spent by day and model."""
    rows = selection.rows.values("bucket", "model_id").annotate(spent=_sum("charged"))
    return {(row["bucket"].date(), row["model_id"]): row["spent"] for row in rows}


def by_key(selection: Selection) -> list[dict[str, Any]]:
    """The keys that spent most: `id`, `name`, and the columns of `_ranked`."""
    return _ranked(selection, id=F("key_id"), name=F("key__name"))


def by_model(selection: Selection) -> list[dict[str, Any]]:
    return _ranked(selection, id=F("model_id"), name=F("model__name"))


def by_key_ever(key_ids: Sequence[int], month: date) -> dict[int, tuple[int, int]]:
    """Nano-USD spent by each key since `month` began, and ever; keys without calls are left out."""
    rows = UsageRollup.objects.filter(grain=_DAY, key_id__in=key_ids).values("key_id")
    sums = rows.annotate(
        month=_sum("charged", filter=Q(bucket__gte=midnight(month.replace(day=1)))), ever=_sum("charged")
    )
    return {row["key_id"]: (row["month"], row["ever"]) for row in sums}


def _ranked(selection: Selection, **names: Any) -> list[dict[str, Any]]:
    """`events`, `errors`, `prompt`, `cache_read`, `output` and `spent`; the dearest first."""
    grouped = selection.rows.values(**names).annotate(
        calls_made=_sum("events"),
        failed=_sum("errors"),
        prompt=_sum(PROMPT),
        cached=_sum("cache_read"),
        written=_sum("output"),
        spent=_sum("charged"),
    )
    return list(grouped.order_by("-spent", "-calls_made")[:_TOP])


def _latency(selection: Selection) -> list[int]:
    """All latency histograms of the selection as one; empty where there are none."""
    rows, values = selection.rows.values("latency").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP.format(rows=rows), values)
        return [int(total) for (total,) in cursor.fetchall()]


def _sum(column: Any, **options: Any) -> Coalesce:
    return Coalesce(Sum(column, **options), 0)
