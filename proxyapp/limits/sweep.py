"""Books what dead gateways left behind: every hold whose process no longer renews its lease."""

import time
from typing import cast

import msgspec
import redis

from proxyapp.limits.names import SETTLE, hold_name, holds_name, split_member
from proxyapp.store import DOUBT, EPOCH, LEASES, STREAM, counters_name, wallet_name


class _Booked(msgspec.Struct):
    charged: int = 0


_booked = msgspec.json.Decoder(_Booked).decode


GRACE = 4.0
"""Seconds for which a lease must be seen ended: if only Redis was away, its owner renews it at once."""

_seen_ended: dict[str, float] = {}


def sweep(client: "redis.Redis", grace: float = GRACE) -> int:
    """Settle the holds of gateways whose lease has ended, each with its last checkpoint; how many."""
    found = cast(list[bytes], client.zrangebyscore(LEASES, 0, int(time.time() * 1000)))
    ended = [gateway.decode() for gateway in found]
    for renewed in _seen_ended.keys() - ended:
        _seen_ended.pop(renewed, None)  # two may sweep at once
    now = time.monotonic()
    due = [gateway for gateway in ended if now - _seen_ended.setdefault(gateway, now) >= grace]
    return sum(_settle_all(client, gateway) for gateway in due)


def _settle_all(client: "redis.Redis", gateway_id: str) -> int:
    settle = client.register_script(SETTLE)
    settled = 0
    for raw in cast(set[bytes], client.smembers(holds_name(gateway_id))):
        organization_id, key_id, call_id = split_member(raw.decode())
        hold = hold_name(organization_id, call_id)
        event = client.hget(hold, "event")
        if event is None:  # settled in this very moment, or by another sweep
            client.srem(holds_name(gateway_id), raw)
            continue
        keys = [
            EPOCH,
            wallet_name(organization_id),
            counters_name(organization_id, key_id),
            hold,
            holds_name(gateway_id),
            STREAM,
        ]
        settled += int(settle(keys=keys, args=[raw, str(_booked(event).charged), event])[0])
    if settled:  # perhaps Redis had forgotten that some of it was settled before
        client.set(DOUBT, gateway_id)
    if not client.exists(holds_name(gateway_id)):
        client.zrem(LEASES, gateway_id)
    return settled
