"""The usage stream in Redis as the drain reads it: entries are kept there until they are booked."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis

from proxyapp.store import DRAINED, STREAM

GROUP = CONSUMER = "drain"
REFUSED = "tg:usage:refused"
"""Stream of the entries that could not be booked: each with the event as it came (`e`) and the `reason`."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its id in the stream, and the event; None where somebody deleted it meanwhile."""

    id: bytes
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that cannot be booked, and why."""

    entry: Entry
    reason: str


def read(client: "redis.Redis", limit: int) -> list[Entry]:
    """Up to `limit` entries: first those that were read before and never taken off, then new ones."""
    try:
        entries = _read(client, "0", limit)
    except redis.ResponseError as error:
        if not str(error).startswith("NOGROUP"):
            raise
        client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        entries = []
    if len(entries) < limit:
        entries += _read(client, ">", limit - len(entries))
    return entries


def take_off(client: "redis.Redis", entries: Sequence[Entry], refusals: Sequence[Refusal]) -> None:
    """Remove entries from the stream; those refused are kept in the stream of refusals in the same step.

    Says how far PostgreSQL is, so that gateways may forget the events up to there.
    """
    if not entries:
        return
    ids = [entry.id for entry in entries]
    with client.pipeline(transaction=True) as pipeline:
        for refusal in refusals:
            log.error("usage event refused: %s", refusal.reason)
            pipeline.xadd(REFUSED, {"e": refusal.entry.body or b"", "reason": refusal.reason})
        pipeline.set(DRAINED, max(ids, key=_position))
        pipeline.xack(STREAM, GROUP, *ids)
        pipeline.xdel(STREAM, *ids)
        pipeline.execute()


def _position(entry_id: bytes) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition(b"-")
    return int(milliseconds), int(number)


def _read(client: "redis.Redis", since: str, limit: int) -> list[Entry]:
    # Typed for every protocol version and decoding there is; with bytes and RESP2 it is this one.
    reply: Any = client.xreadgroup(GROUP, CONSUMER, {STREAM: since}, count=limit)
    return [Entry(name, fields.get(b"e")) for _, entries in reply for name, fields in entries]
