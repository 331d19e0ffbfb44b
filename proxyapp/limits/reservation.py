"""Reserve before the upstream is dialled, settle exactly once after: the gateway's side of the scripts."""

import asyncio
import contextlib
import hashlib
import logging
import secrets
import time
from typing import Any

from proxyapp.errors import GatewayError, LimitReached, NotReady, OutOfCredit
from proxyapp.limits import names
from proxyapp.resp import Redis, RedisAway, RedisRefused
from proxyapp.snapshot import KeyFacts
from proxyapp.store import EPOCH, LEASES, STREAM, counters_name, wallet_name

LEASE = 10.0
_RENEW = 2.0
_LATER = 0.5
log = logging.getLogger(__name__)


class Short(Exception):
    """Money is short: `free` nano-USD can be held now, `unheld` once the calls in flight have ended."""

    def __init__(self, where: str, free: int, unheld: int) -> None:
        super().__init__(where)
        self.where, self.free, self.unheld = where, free, unheld


class Script:
    """A Lua script by its hash; loaded where the server does not know it (any more)."""

    def __init__(self, redis: Redis, text: str) -> None:
        self._redis = redis
        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: list[str], *arguments: str | bytes | int) -> Any:
        try:
            return await self._redis.command("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except RedisRefused as refused:
            if not str(refused).startswith("NOSCRIPT"):
                raise
            return await self._redis.command("EVAL", self._text, len(keys), *keys, *arguments)


class Limits:
    """Reservations of one gateway process, under a lease that says it is alive."""

    def __init__(self, redis: Redis) -> None:
        self.gateway_id = secrets.token_hex(8)
        self._redis = redis
        self._reserve = Script(redis, names.RESERVE)
        self._settle = Script(redis, names.SETTLE)
        self._checkpoint = Script(redis, names.CHECKPOINT)
        self._owed: dict[str, tuple[KeyFacts, str, int, bytes]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._renew())

    async def stop(self) -> None:
        """Pay what is still owed, for as long as a lease would last, and give the lease back."""
        deadline = time.monotonic() + LEASE
        while self._owed and time.monotonic() < deadline:
            await self._pay()
            await asyncio.sleep(_LATER if self._owed else 0)
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if not self._owed:
            with contextlib.suppress(RedisAway):
                await self._redis.command("ZADD", LEASES, 0, self.gateway_id)

    async def reserve(self, key: KeyFacts, call_id: str, amount: int, event: bytes) -> None:
        """Hold `amount` nano-USD and a place in every limit of the key, all or nothing.

        Short where money is short, LimitReached where a limit is, NotReady where Redis is away or cold.
        """
        relaxed = key.enforcement == "relaxed"
        try:
            reply = await self._reserve(
                [
                    EPOCH,
                    wallet_name(key.organization_id),
                    counters_name(key.organization_id, key.key_id),
                    names.requests_name(key.organization_id, key.key_id),
                    names.hold_name(key.organization_id, call_id),
                    names.holds_name(self.gateway_id),
                ],
                str(amount),
                "1" if relaxed else "0",
                _text(key.rpm),
                _text(key.concurrency),
                _text(key.budget_total),
                names.member(key.organization_id, key.key_id, call_id),
                event,
            )
        except asyncio.CancelledError:
            self._owe(key, call_id, 0, b"")
            raise
        except (RedisAway, RedisRefused) as away:
            self._owe(key, call_id, 0, b"")  # it may have been carried out: release it once that can be told
            raise NotReady(
                "The gateway cannot reach its limit store, so nothing was admitted.",
                hint="Try again shortly.",
                retry_after=2,
            ) from away
        if reply[0] != 1:
            raise _refusal(key, reply)

    async def settle(self, key: KeyFacts, call_id: str, charged: int, event: bytes) -> None:
        """End a reservation with what it came to. Never fails: what Redis cannot take now, it gets later."""
        try:
            await self._end(key, call_id, charged, event)
        except (RedisAway, RedisRefused):
            self._owe(key, call_id, charged, event)
        except asyncio.CancelledError:
            self._owe(key, call_id, charged, event)
            raise

    async def checkpoint(self, key: KeyFacts, call_id: str, event: bytes) -> None:
        """Say what to book for a call in flight should this process die."""
        with contextlib.suppress(RedisAway, RedisRefused):
            await self._checkpoint([names.hold_name(key.organization_id, call_id)], event)

    async def _end(self, key: KeyFacts, call_id: str, charged: int, event: bytes) -> None:
        await self._settle(
            [
                wallet_name(key.organization_id),
                counters_name(key.organization_id, key.key_id),
                names.hold_name(key.organization_id, call_id),
                names.holds_name(self.gateway_id),
                STREAM,
            ],
            names.member(key.organization_id, key.key_id, call_id),
            str(charged),
            event,
        )

    def _owe(self, key: KeyFacts, call_id: str, charged: int, event: bytes) -> None:
        self._owed[call_id] = (key, call_id, charged, event)

    async def _pay(self) -> None:
        for call_id, debt in list(self._owed.items()):
            try:
                await self._end(*debt)
            except RedisAway:
                return
            except RedisRefused:
                log.exception("a settlement was refused, it stays owed: %s", call_id)
                continue
            self._owed.pop(call_id, None)  # unless it was paid twice at once, which changes nothing

    async def _renew(self) -> None:
        renewed = 0.0
        while True:
            if time.monotonic() - renewed >= _RENEW:
                with contextlib.suppress(RedisAway, RedisRefused):
                    until = int((time.time() + LEASE) * 1000)
                    await self._redis.command("ZADD", LEASES, until, self.gateway_id)
                    renewed = time.monotonic()
            await self._pay()
            await asyncio.sleep(_LATER)


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _refusal(key: KeyFacts, reply: list[Any]) -> GatewayError | Short:
    match reply[1]:
        case b"wallet":
            free = int(reply[2])
            return Short("wallet", free, free + int(reply[3]))
        case b"budget":
            return Short("budget", int(reply[2]), int(reply[3]))
        case b"requests":
            seconds = -(-int(reply[2]) // 1000)
            return LimitReached(
                f"This key may make {key.rpm} requests a minute, and has.",
                code="rate_limited",
                hint=f"Try again in {seconds} s.",
                retry_after=seconds,
                limit="requests_per_minute",
                value=key.rpm,
            )
        case b"concurrency":
            return LimitReached(
                f"This key may have {key.concurrency} calls in flight, and has.",
                code="too_many_concurrent_calls",
                hint="Wait for one of them to end.",
                retry_after=1,
                limit="concurrency",
                value=key.concurrency,
            )
    return NotReady(
        "The gateway's limits are being rebuilt, so nothing was admitted.",
        hint="Try again shortly.",
        retry_after=1,
    )


def out_of_money(short: Short, key: KeyFacts) -> GatewayError:
    """The error for money that is short: spent, or only held by calls in flight."""
    wallet = short.where == "wallet"
    if short.unheld > 0 and short.unheld > short.free:
        return LimitReached(
            f"The rest of {'your credit' if wallet else 'this key’s budget'} is held by calls in flight.",
            code="credit_held",
            hint="Try again when one of them has ended, or ask for fewer output tokens.",
            retry_after=2,
            limit=short.where,
        )
    if wallet:
        return OutOfCredit(
            "Your credit does not cover this call.",
            code="insufficient_credit",
            hint="Add credit on the billing page, or ask for fewer output tokens.",
            limit="wallet",
        )
    return OutOfCredit(
        "This key has spent its budget.",
        code="budget_exceeded",
        hint="Raise the budget of this key, or use another key.",
        limit="key_budget",
        resets_at=None,
        budget=key.budget_total,
    )
