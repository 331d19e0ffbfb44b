"""An organization with a history: calls on days of one's choice."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.catalogue.models import AIModel
from portal.keys.models import ApiKey
from portal.organizations.models import Organization
from proxyapp.usage import TokenUsage, UsageEvent
from tests.billing import given


def noon(days_ago: int = 0) -> datetime:
    """Midday of a day in the past; of today, its first second: that is never in the future."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=1, microsecond=0)
    return today - timedelta(days=days_ago) + timedelta(hours=12 if days_ago else 0)


def call(key: ApiKey, model: str, days_ago: int = 0, **facts: Any) -> UsageEvent:
    """A call of this key at midday: 1,000 nano-USD, 100 tokens in, 20 out, unless told otherwise."""
    milliseconds = int(noon(days_ago).timestamp() * 1_000)
    call_id = f"{milliseconds:012x}7{os.urandom(2).hex()[:3]}8{os.urandom(8).hex()[:15]}"
    plain = {
        "call_id": call_id,
        "key_id": key.pk,
        "user_id": key.created_by_id,
        "model_id": AIModel.objects.get(name=model).pk,
        "model": model,
        "usage": TokenUsage(input=100, output=20),
    }
    return given.event(Organization(pk=key.organization_id), **plain | facts)


def failed(key: ApiKey, model: str, days_ago: int = 0) -> UsageEvent:
    nothing = {"amount": 0, "charged": 0, "cost": 0, "usage": TokenUsage(calls=0)}
    wrong = {"status": 502, "outcome": "upstream_failed", "error": "upstream_failed"}
    return call(key, model, days_ago, **wrong | nothing)
