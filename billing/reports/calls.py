"""The latest calls, one by one."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from billing.reports.sums import PROMPT, Selection
from billing.usage.models import UsageEvent
from billing.usage.rollups import CLEAN

_LATEST = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the list shows it. `charged` is nano-USD; `fresh` is the input that no cache served."""

    at: datetime
    trace_id: str
    key: str
    model: str
    protocol: str
    status: int
    outcome: str
    error: str
    source: str
    fresh: int
    cached: int
    written: int
    images: int
    seconds: int
    characters: int
    charged: int
    latency_ms: int
    kind: int

    @property
    def failed(self) -> bool:
        return self.outcome not in CLEAN

    @property
    def is_refund(self) -> bool:
        """It takes back what an earlier line says."""
        return self.kind == UsageEvent.Kind.ADJUSTMENT

    @property
    def is_estimated(self) -> bool:
        """The provider did not say what was used, so we counted ourselves."""
        return self.source != "provider"


def latest(selection: Selection) -> list[Call]:
    """The newest calls and refunds of the key and model of the selection, whenever they were."""
    events = UsageEvent.objects.filter(**selection.narrowed)
    rows = events.order_by("-occurred_at", "-call_id")[:_LATEST].values_list(
        "occurred_at",
        "call_id",
        "key__name",
        "model_name",
        "protocol",
        "status",
        "outcome",
        "error",
        "source",
        PROMPT - F("cache_read"),
        "cache_read",
        "output",
        "images",
        "seconds",
        "characters",
        "charged",
        "latency_ms",
        "kind",
    )
    return [Call(row[0], row[1].hex, *row[2:]) for row in rows]
