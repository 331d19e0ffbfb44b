"""Usage events as a gateway would write them, and what becomes of them."""

from typing import Any

import msgspec

from billing.usage import ingest
from billing.usage.models import UsageEvent as BookedEvent
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import STREAM
from proxyapp.usage import Attempt, TokenUsage, UsageEvent, new_call_id
from tests.support.waiting import eventually

encode = msgspec.json.Encoder().encode


def event(organization: Organization, **facts: Any) -> UsageEvent:
    """A call of 1,000 nano-USD that cost us 600, with the facts that a test cares about."""
    plain: dict[str, Any] = {
        "call_id": new_call_id(),
        "organization_id": organization.pk,
        "key_id": 1,
        "user_id": 1,
        "model_id": 1,
        "model": "sandbox-claude",
        "protocol": "anthropic",
        "provider_id": 1,
        "status": 200,
        "usage": TokenUsage(input=100, output=20),
        "amount": 1_000,
        "charged": 1_000,
        "cost": 600,
        "latency_ms": 150,
        "first_output_ms": 60,
        "attempts": (Attempt(route_id=1, provider_id=1, status=200, milliseconds=150),),
    }
    return UsageEvent(**plain | facts)


def put(*bodies: UsageEvent | bytes) -> list[bytes]:
    """Append events to the stream as the settle script does; the ids of the entries."""
    redis: Any = client()
    return [redis.xadd(STREAM, {"e": body if isinstance(body, bytes) else encode(body)}) for body in bodies]


def drained(*bodies: UsageEvent | bytes) -> None:
    """Put events and have them drained, by this process or by the stack's own worker."""
    entries = put(*bodies)

    def gone() -> bool:
        ingest.drain()
        return not any(client().xrange(STREAM, entry, entry) for entry in entries)

    eventually(gone)


def booked(organization: Organization) -> list[BookedEvent]:
    return list(BookedEvent.platform.filter(organization=organization).order_by("occurred_at", "call_id"))
