"""The bill of one call: the event in PostgreSQL, against what the sandbox's documented function predicts."""

from billing.usage.models import UsageEvent
from portal.keys.models import ApiKey
from proxyapp.sandbox.tokens import predict, predict_task
from tests.support import sandbox
from tests.support.offers import price
from tests.support.waiting import eventually

WITHIN = 2.0


def of(issued: ApiKey) -> UsageEvent:
    """The latest event of a key, which must be there within two seconds."""
    events = UsageEvent.platform.filter(key=issued).order_by("-occurred_at")
    found = eventually(events.first, seconds=WITHIN)
    assert found is not None
    return found


def assert_exact_task(
    issued: ApiKey,
    path: str,
    upstream_model: str,
    tag: str,
    rates: dict[str, int] | None = None,
    stream: bool = False,
) -> UsageEvent:
    """The same for an endpoint beside conversations; `path` is that of `predict_task`."""
    event, seen = of(issued), sandbox.last(tag)
    counts = predict_task(path, seen.body, upstream_model, content_type=seen.header("content-type") or "")
    assert (event.input, event.output) == (counts.input, counts.output)
    assert (event.images, event.seconds, event.characters) == (
        counts.images,
        counts.seconds,
        counts.characters,
    )
    assert event.amount == event.charged == price(counts, rates)
    assert (event.source, event.outcome, event.calls, event.stream) == ("provider", "completed", 1, stream)
    return event


def assert_exact(issued: ApiKey, protocol: str, upstream_model: str, tag: str) -> UsageEvent:
    """The only event of this key has exactly the predicted counters, and costs exactly their price."""
    event = of(issued)
    counts = predict(protocol, sandbox.last(tag).body, upstream_model)
    assert (event.input, event.output, event.reasoning) == (counts.input, counts.output, counts.reasoning)
    assert event.cache_read == counts.cache_read
    assert (event.cache_write_5m, event.cache_write_1h) == (counts.cache_write_5m, counts.cache_write_1h)
    assert event.amount == event.charged == price(counts)
    assert event.source == "provider"
    assert event.outcome == "completed"
    return event
