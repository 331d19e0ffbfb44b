"""Where the snapshot lies in Redis: how the control plane publishes it, and how a gateway reads it.

One file for both directions, so that the two cannot drift apart. A gateway keeps what it has read and drops
it when told; where the push channel has been silent for a second it no longer trusts what it keeps and reads
through.
"""

import asyncio
import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from proxyapp.resp import Redis, RedisAway, RedisRefused, Wire, connect
from proxyapp.snapshot import Catalogue, KeyFacts, decode_catalogue, decode_key, encode

EPOCH = "tg:epoch"
CATALOGUE = "tg:catalogue"
VERSION = "tg:catalogue:version"
PUSH = "tg:push"
STREAM = "tg:usage"
LEASES = "tg:gateways"
REBUILDING = "tg:rebuilding"
DRAINED = "tg:drained"
DOUBT = "tg:doubt"
SILENCE = 1.0
_AGAIN = 0.2
_KEPT_KEYS = 50_000
KEPT_STRANGERS = 10_000


def ready_name(mark: str) -> str:
    """Set of the gateways that have given a rebuild everything they know."""
    return f"tg:ready:{mark}"


def key_name(digest: str) -> str:
    return f"tg:key:{digest}"


def wallet_name(organization_id: int) -> str:
    """Hash of the organization's credit: `credited`, `spent`, `held`, `avail`, all nano-USD."""
    return f"tg:{{{organization_id}}}:wallet"


def counters_name(organization_id: int, key_id: int) -> str:
    """Hash of one key's counters: `used` and `held` nano-USD of its budget, `live` calls in flight."""
    return f"tg:{{{organization_id}}}:key:{key_id}"


class SyncRedis(Protocol):
    """The few commands that publishing needs from a synchronous client."""

    def set(self, name: str, value: bytes | str) -> Any: ...
    def delete(self, *names: str) -> Any: ...
    def publish(self, channel: str, message: str) -> Any: ...
    def mset(self, mapping: Any) -> Any: ...


def publish_key(redis: SyncRedis, digest: str, facts: KeyFacts) -> None:
    """Make a key's facts known, then tell every gateway to forget what it kept."""
    redis.set(key_name(digest), encode(facts))
    redis.publish(PUSH, f"k{digest}")


def publish_catalogue(redis: SyncRedis, catalogue: Catalogue) -> None:
    redis.mset({CATALOGUE: encode(catalogue), VERSION: catalogue.version})
    redis.publish(PUSH, "c")


def publish_tick(redis: SyncRedis) -> None:
    """The push channel is alive; sent at least twice a second."""
    redis.publish(PUSH, "t")


class Store:
    """A gateway's reading of the snapshot."""

    def __init__(self, redis: Redis, url: str) -> None:
        self._redis = redis
        self._url = url
        self._keys: OrderedDict[str, KeyFacts] = OrderedDict()
        # Digests of no key of ours, and whether Redis was surely warm when it said so. Apart from the keys,
        # so that a flood of them evicts none.
        self._strangers: OrderedDict[str, bool] = OrderedDict()
        self._changes = 0
        self._heard = -math.inf
        self._catalogue: Catalogue | None = None
        self._reading: asyncio.Task[Catalogue | None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self.on_key_change: Callable[[str], None] = lambda digest: None
        """Called with the digest of a key whose facts changed."""
        self.on_catalogue: Callable[[Catalogue], None] = lambda catalogue: None
        """Called with every catalogue that was read, before it is used."""

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())
        with contextlib.suppress(RedisAway, RedisRefused):
            await self.catalogue()

    async def stop(self) -> None:
        for task in (self._listener, self._reading):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    @property
    def is_silent(self) -> bool:
        """Nothing has come over the push channel for a second: what is kept may be stale."""
        return time.monotonic() - self._heard > SILENCE

    async def key(self, digest: str) -> KeyFacts | None:
        """Facts of the key with this digest, None if there is none.

        RedisAway or RedisRefused where that cannot be known.
        """
        if not self.is_silent:
            if (facts := self._keys.get(digest)) is not None:
                self._keys.move_to_end(digest)
                return facts
            if digest in self._strangers:
                return None
        raw = await self._current(key_name(digest))
        if raw is None:
            self._keys.pop(digest, None)
            self._strangers[digest] = False
            if len(self._strangers) > KEPT_STRANGERS:
                self._strangers.popitem(last=False)
            return None
        facts = self._keys[digest] = decode_key(raw)
        if len(self._keys) > _KEPT_KEYS:
            self._keys.popitem(last=False)
        return facts

    async def is_stranger(self, digest: str) -> bool:
        """Whether the missing key of this digest really is none of ours: False where Redis is cold, because
        then it says so of every key. Raises as `key` does."""
        if self._strangers.get(digest) and not self.is_silent:
            return True
        if await self.is_cold():
            return False
        if digest in self._strangers:  # else there was news of it meanwhile
            self._strangers[digest] = True
        return True

    async def is_cold(self) -> bool:
        """Redis has lost its data, and billing has not rebuilt it yet."""
        return not await self._redis.command("EXISTS", EPOCH)

    async def catalogue(self) -> Catalogue | None:
        """The models on offer; None before the first one has been published. Raises as `key` does."""
        kept = self._catalogue
        if kept is not None and not self.is_silent:
            return kept
        if kept is not None and await self._redis.command("GET", VERSION) == kept.version.encode():
            return kept
        if self._reading is None:  # one reading for all who wait: it is large
            self._reading = asyncio.create_task(self._read_catalogue())
        return await asyncio.shield(self._reading)

    async def _read_catalogue(self) -> Catalogue | None:
        try:
            raw = await self._current(CATALOGUE)
            self._catalogue = decode_catalogue(raw) if raw is not None else None
            if self._catalogue is not None:
                self.on_catalogue(self._catalogue)
        finally:
            self._reading = None
        return self._catalogue

    async def _current(self, name: str) -> bytes | None:
        """A value, read again where news of a change came while the answer was on its way."""
        while True:
            changes = self._changes
            raw: bytes | None = await self._redis.command("GET", name)
            if changes == self._changes:
                return raw

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(RedisAway):
                await self._hear(await connect(self._url, self._pushed))
            await asyncio.sleep(_AGAIN)

    async def _hear(self, wire: Wire) -> None:
        """Until the connection is lost, or so silent that it looks dead."""
        since = time.monotonic()
        wire.write("SUBSCRIBE", PUSH)
        try:
            while not wire.lost.done() and time.monotonic() - max(since, self._heard) < 3 * SILENCE:
                await asyncio.wait([wire.lost], timeout=SILENCE)
        finally:
            self._heard = -math.inf  # nobody listens now: trust nothing that is kept
            await wire.aclose()

    def _pushed(self, reply: list[Any]) -> None:
        self._heard = time.monotonic()
        if reply[0] == b"subscribe":
            self._changes += 1  # whatever was said while nobody listened is unknown
            self._keys.clear()
            self._strangers.clear()
            self._catalogue = None
            return
        message: bytes = reply[2]
        if message[:1] == b"k":
            digest = message[1:].decode()
            self._changes += 1
            self._keys.pop(digest, None)
            self._strangers.pop(digest, None)
            self.on_key_change(digest)
        elif message[:1] == b"c":
            self._changes += 1
            self._catalogue = None
