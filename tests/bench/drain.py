"""How fast usage events reach PostgreSQL: put on the stream at once, timed until the last is committed."""

import random
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from billing.usage.stream import GROUP
from proxyapp.store import STREAM
from proxyapp.usage import Attempt, TokenUsage, UsageEvent, new_call_id
from tests.bench import machine
from tests.bench.figures import Quantities, Rig
from tests.bench.gateway import Gateway
from tests.bench.programs import CannotMeasure
from tests.bench.target import Target

_PATIENCE = 180.0
_LOOK = 0.005
_SERVERS = ("valkey", "postgres", "celery")


def drain(rig: Rig, target: Target) -> Quantities:
    """Events per second, from the moment the drain takes its first until it has taken off its last. There
    is no other load meanwhile, so servers and worker may use the measured core as well."""
    target.settle()
    groups = target.groups()
    for name in _SERVERS:
        machine.pin(groups[name], rig.cores.measured, rig.cores.others)
    try:
        return _measured(rig.gateway, target, rig.effort.events)
    finally:
        rig.gateway.pin()


def _measured(gateway: Gateway, target: Target, count: int) -> Quantities:
    events = [msgspec.json.encode(event) for event in _events(gateway, count)]
    before, there = _cpu(target), _booked(gateway)
    seconds = _timed(gateway, events)
    spent = {f"{name}_us": (cpu - before[name]) * 1e6 / count for name, cpu in _cpu(target).items()}
    if (added := _booked(gateway) - there) != count:
        raise CannotMeasure(f"{count} events were put on the stream, and {added} are in PostgreSQL.")
    return spent | {"events_per_s": count / seconds}


def _timed(gateway: Gateway, events: list[bytes]) -> float:
    """Put all on the stream in one transaction, and watch them go."""
    client = gateway.redis()
    with client.pipeline(transaction=True) as pipeline:
        for event in events:
            pipeline.xadd(STREAM, {"e": event})
        pipeline.execute()
    deadline = time.monotonic() + _PATIENCE
    pending: Any = {"pending": 0}
    while not pending["pending"] and client.xlen(STREAM) and time.monotonic() < deadline:
        pending = client.xpending(STREAM, GROUP)
        time.sleep(_LOOK)
    began = time.monotonic()
    while client.xlen(STREAM) and time.monotonic() < deadline:
        time.sleep(_LOOK)
    if client.xlen(STREAM):
        raise CannotMeasure(f"Not drained within {_PATIENCE:.0f} s; logs are in {gateway.data.log}")
    return time.monotonic() - began


def _events(gateway: Gateway, count: int) -> Iterator[UsageEvent]:
    """Events like those of the bench's own calls, from all of its keys."""
    with gateway.postgres() as connection:
        facts: Any = connection.execute(
            "SELECT model_id, model_name, provider_id, route_id, credential_id, sell_price_id, cost_price_id "
            "FROM usage_usageevent ORDER BY occurred_at LIMIT 1"
        ).fetchone()
        keys: Any = connection.execute(
            "SELECT key.id, key.organization_id FROM keys_apikey key JOIN organizations_organization "
            "organization ON organization.id = key.organization_id WHERE organization.name LIKE 'Bench %'"
        ).fetchall()
    model_id, model, provider_id, route_id, credential_id, sell_price_id, cost_price_id = facts
    for _ in range(count):
        key_id, organization_id = random.choice(keys)
        tokens, latency = random.randint(20, 4_000), random.randint(300, 20_000)
        yield UsageEvent(
            call_id=new_call_id(),
            organization_id=organization_id,
            key_id=key_id,
            user_id=0,
            model_id=model_id,
            model=model,
            protocol="openai_chat",
            provider_id=provider_id,
            route_id=route_id,
            credential_id=credential_id,
            stream=True,
            status=200,
            usage=TokenUsage(input=3 * tokens, output=tokens),
            sell_price_id=sell_price_id,
            cost_price_id=cost_price_id,
            held=100_000 * tokens,
            amount=24_000 * tokens,
            charged=24_000 * tokens,
            cost=16_000 * tokens,
            latency_ms=latency,
            first_output_ms=latency // 4,
            attempts=(Attempt(route_id, provider_id, 200, "", latency),),
        )


def _booked(gateway: Gateway) -> int:
    with gateway.postgres() as connection:
        row: Any = connection.execute("SELECT count(*) FROM usage_usageevent").fetchone()
    return int(row[0])


def _cpu(target: Target) -> Quantities:
    return {name: machine.cpu_seconds(pids) for name, pids in target.groups().items() if name in _SERVERS}
