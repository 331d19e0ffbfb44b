"""Roll-ups: sums of events per minute, hour and day (UTC), moved together with the events."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connections

from billing.usage.histogram import BUCKETS, bucket_of
from billing.usage.models import UsageRollup
from proxyapp.usage import UsageEvent, milliseconds_of

COUNTERS = (
    "events",
    "errors",
    "attempts",
    "amount",
    "charged",
    "cost",
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "reasoning",
    "calls",
    "images",
    "seconds",
    "characters",
)
CLEAN = ("completed", "client_left")
"""The outcomes that are nobody's error."""

_LENGTH_MS = {
    UsageRollup.Grain.MINUTE: 60_000,
    UsageRollup.Grain.HOUR: 3_600_000,
    UsageRollup.Grain.DAY: 86_400_000,
}
_KEY = ("organization_id", "grain", "bucket", "key_id", "model_id", "provider_id")
_Key = tuple[int, int, int, int, int, int]
_Sums = list[int]  # COUNTERS, then both histograms

_ADD = f"""
INSERT INTO usage_usagerollup AS rollup ({", ".join(_KEY)}, {", ".join(COUNTERS)}, latency, first_output)
SELECT organization_id, grain, 'epoch'::timestamptz + bucket * interval '1 millisecond', key_id, model_id,
  provider_id, {", ".join(COUNTERS)}, latency, first_output
FROM json_to_recordset(%s::json)
  AS sums({", ".join(f"{name} bigint" for name in _KEY + COUNTERS)}, latency bigint[], first_output bigint[])
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET
  {", ".join(f"{name} = rollup.{name} + excluded.{name}" for name in COUNTERS)},
  latency = usage_add(rollup.latency, excluded.latency),
  first_output = usage_add(rollup.first_output, excluded.first_output)
"""  # noqa: S608 - the names are the constants above


def add(fresh: Sequence[UsageEvent]) -> None:
    """Add new events to the roll-ups of all three grains."""
    minutes = _sum((_key(event), _vector(event)) for event in fresh)
    hours = _coarser(minutes, UsageRollup.Grain.HOUR)
    days = _coarser(hours, UsageRollup.Grain.DAY)
    rows = [_row(key, sums) for key, sums in sorted((minutes | hours | days).items())]
    with connections["platform"].cursor() as cursor:
        cursor.execute(_ADD, [msgspec.json.encode(rows).decode()])


def _sum(parts: Iterable[tuple[_Key, _Sums]]) -> dict[_Key, _Sums]:
    sums: dict[_Key, _Sums] = {}
    for key, part in parts:
        before = sums.get(key)
        sums[key] = [left + right for left, right in zip(before, part, strict=True)] if before else part
    return sums


def _coarser(finer: dict[_Key, _Sums], grain: UsageRollup.Grain) -> dict[_Key, _Sums]:
    length = _LENGTH_MS[grain]
    return _sum(
        ((organization, grain.value, bucket - bucket % length, key, model, provider), sums)
        for (organization, _, bucket, key, model, provider), sums in finer.items()
    )


def _key(event: UsageEvent) -> _Key:
    moment = milliseconds_of(event.call_id)
    minute = moment - moment % _LENGTH_MS[UsageRollup.Grain.MINUTE]
    return (
        event.organization_id,
        UsageRollup.Grain.MINUTE.value,
        minute,
        event.key_id,
        event.model_id,
        event.provider_id,
    )


def _vector(event: UsageEvent) -> _Sums:
    """An adjustment is no event of its own: it moves sums, and counts nothing."""
    usage, counts = event.usage, not event.adjusts
    sums = [int(counts), int(counts and event.outcome not in CLEAN), len(event.attempts)]
    sums += (event.amount, event.charged, event.cost)
    sums += (usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h)
    sums += (usage.output, usage.reasoning, usage.calls, usage.images, usage.seconds, usage.characters)
    sums += [0] * (2 * BUCKETS)
    if event.adjusts:
        return sums
    sums[len(COUNTERS) + bucket_of(event.latency_ms)] = 1
    if event.first_output_ms > 0:  # a call without any output has no first one
        sums[len(COUNTERS) + BUCKETS + bucket_of(event.first_output_ms)] = 1
    return sums


def _row(key: _Key, sums: _Sums) -> dict[str, Any]:
    histograms = len(COUNTERS)
    row: dict[str, Any] = dict(zip(_KEY + COUNTERS, (*key, *sums[:histograms]), strict=True))
    row["latency"] = sums[histograms : histograms + BUCKETS]
    row["first_output"] = sums[histograms + BUCKETS :]
    return row
