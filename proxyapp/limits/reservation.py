"""Reserve before the upstream is dialled, settle exactly once after: the gateway's side of the scripts."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Coroutine, Iterable

from proxyapp.errors import NotReady
from proxyapp.limits import names
from proxyapp.limits.holds import Hold, Retained
from proxyapp.limits.refusals import refusal
from proxyapp.limits.script import Script
from proxyapp.resp import Redis, RedisAway, RedisRefused
from proxyapp.snapshot import KeyFacts
from proxyapp.store import DOUBT, DRAINED, EPOCH, LEASES, REBUILDING, STREAM, ready_name

LEASE = 10.0
_RENEW = 2.0
_TURN = 0.5
_AT_ONCE = 200
_NO_EVENT = b"-"
_AWAY = (RedisAway, RedisRefused)
log = logging.getLogger(__name__)


class Cold(Exception):
    """Redis is being rebuilt: nothing may be settled until that is done."""


class Limits:
    """Reservations of one gateway process, under a lease that says it is alive."""

    def __init__(self, redis: Redis) -> None:
        self.gateway_id = secrets.token_hex(8)
        self._redis = redis
        self._reserve = Script(redis, names.RESERVE)
        self._settle = Script(redis, names.SETTLE)
        self._checkpoint = Script(redis, names.CHECKPOINT)
        self._restore = Script(redis, names.RESTORE)
        self._mine = names.holds_name(self.gateway_id)
        self._holds: dict[str, Hold] = {}
        self._retained = Retained()
        self._epoch: bytes | None = None
        self._restored_for = b""  # the rebuild that has everything of ours
        self._in_doubt = False  # something was told that the wallet may not have been charged for
        self._connection = 0  # the one over which everything has been told; none yet
        self._renewed = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._turns())

    async def stop(self) -> None:
        """Pay what is still owed, for as long as a lease would last, and give the lease back."""
        deadline = time.monotonic() + LEASE
        while self._owed() and time.monotonic() < deadline:
            await self._pay()
            await asyncio.sleep(_TURN if self._owed() else 0)
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if not self._owed():
            with contextlib.suppress(*_AWAY):
                await self._doubt()
                await self._redis.command("ZADD", LEASES, 0, self.gateway_id)

    async def reserve(self, key: KeyFacts, call_id: str, amount: int, event: bytes) -> None:
        """Hold `amount` nano-USD and a place in every limit of the key, all or nothing.

        Short where money is short, LimitReached where a limit is, NotReady where Redis is away or cold.
        """
        hold = Hold(key, call_id, amount, event)
        self._holds[call_id] = hold
        try:
            reply = await self._reserve(
                [
                    EPOCH,
                    hold.names.wallet,
                    hold.names.counters,
                    hold.names.requests,
                    hold.name,
                    self._mine,
                ],
                str(amount),
                "1" if key.enforcement == "relaxed" else "0",
                _text(key.rpm),
                _text(key.concurrency),
                _text(key.budget_total),
                hold.member,
                event,
            )
        except asyncio.CancelledError:
            hold.ended = (0, b"")
            raise
        except _AWAY as away:
            hold.ended = (0, b"")  # it may have been carried out: release it once that can be told
            raise NotReady(
                "The gateway cannot reach its limit store, so nothing was admitted.",
                hint="Try again shortly.",
                retry_after=2,
            ) from away
        if reply[0] != 1:
            del self._holds[call_id]
            raise refusal(key, reply)
        hold.confirmed = True

    async def settle(self, key: KeyFacts, call_id: str, charged: int, event: bytes) -> None:
        """End a reservation with what it came to. Never fails: what Redis cannot take now, it gets later."""
        hold = self._holds.get(call_id) or Hold(key, call_id, 0, event)
        hold.ended = (charged, event)
        self._holds[call_id] = hold
        with contextlib.suppress(*_AWAY, Cold):
            await self._end(hold)

    async def checkpoint(self, key: KeyFacts, call_id: str, event: bytes) -> None:
        """Say what to book for a call in flight should this process die."""
        if hold := self._holds.get(call_id):
            hold.event = event
            with contextlib.suppress(*_AWAY):
                await self._checkpoint([hold.name], event)

    async def _end(self, hold: Hold) -> None:
        """Settle, and retain the event. Where there is nothing to settle it was done before, or swept, or
        Redis has lost it: the event is told all the same, since PostgreSQL takes each once.
        """
        assert hold.ended is not None
        charged, event = hold.ended
        hold.ending = True
        try:
            if stream_id := await self._settled(hold, charged, event):
                self._keep(hold, stream_id)
            elif event:
                self._keep(hold, await self._emit(event))
            elif hold.is_given_up():
                self._holds.pop(hold.call_id, None)
        finally:
            hold.ending = False

    async def _settled(self, hold: Hold, charged: int, event: bytes) -> bytes | None:
        """The event's id in the stream (`_NO_EVENT`: it was empty); None if there was nothing to settle."""
        keys = [EPOCH, hold.names.wallet, hold.names.counters, hold.name, self._mine, STREAM]
        reply = await self._settle(keys, hold.member, str(charged), event)
        if reply[0] == 0 and len(reply) > 1:
            raise Cold
        return (reply[1] or _NO_EVENT) if reply[0] == 1 else None

    async def _emit(self, event: bytes) -> bytes:
        """Append an event that may be there already, and that the wallet may not have been charged for."""
        self._in_doubt = True
        return bytes(await self._redis.command("XADD", STREAM, "*", "e", event))

    def _keep(self, hold: Hold, stream_id: bytes) -> None:
        self._holds.pop(hold.call_id, None)
        if stream_id != _NO_EVENT and hold.ended is not None:
            self._retained.add(stream_id, hold.ended[1])

    def _owed(self) -> list[Hold]:
        return [hold for hold in self._holds.values() if hold.ended is not None]

    async def _pay(self) -> None:
        """Settle what is owed, but for what is being settled: a second time would look like a loss."""
        for hold in self._owed():
            if hold.ending or self._holds.get(hold.call_id) is not hold:
                continue
            try:
                await self._end(hold)
            except (RedisAway, Cold):
                return
            except RedisRefused:
                log.exception("a settlement was refused, it stays owed: %s", hold.call_id)

    async def _turns(self) -> None:
        """Twice a second: renew the lease, see whether Redis has lost anything, pay what is owed."""
        while True:
            try:
                await self._look()
                await self._pay()
                await self._doubt()
            except _AWAY:
                pass
            except Exception:  # whatever it is, without a lease our calls would be booked as orphans
                log.exception("a turn of the limits failed")
            await asyncio.sleep(_TURN)

    async def _doubt(self) -> None:
        """Ask billing to compare what Redis says was spent with what PostgreSQL and the stream say."""
        if self._in_doubt:
            await self._redis.command("SET", DOUBT, self.gateway_id)
            self._in_doubt = False

    async def _look(self) -> None:
        commands = (self._redis.command("GET", name) for name in (EPOCH, REBUILDING, DRAINED))
        epoch, mark, drained = await asyncio.gather(*commands)
        connection = self._redis.connections
        reconnected = self._connection != connection
        if reconnected or not epoch or time.monotonic() - self._renewed >= _RENEW:
            until = int((time.time() + LEASE) * 1000)
            await self._redis.command("ZADD", LEASES, until, self.gateway_id)
            self._renewed = time.monotonic()
        if not epoch:
            await self._help_rebuild(mark or b"")
            return
        changed = self._epoch not in (None, epoch)
        if reconnected or (changed and not self._restored_for):
            # Perhaps a restart, and with it the last second before it; or a rebuild that we slept through.
            await self._tell_again()
        elif drained and not changed:  # after a loss it may be ahead of what we have not told again yet
            self._retained.forget(drained)
        self._restored_for = b""
        self._epoch = epoch
        self._connection = connection  # only now: what was not told to its end is told once more

    async def _help_rebuild(self, mark: bytes) -> None:
        if mark and mark != self._restored_for:
            await self._tell_again(cold=True)
            await self._redis.command("SADD", ready_name(mark.decode()), self.gateway_id)
            self._restored_for = mark

    async def _tell_again(self, *, cold: bool = False) -> None:
        """Give Redis back what it may have lost: holds, and all events not yet in PostgreSQL.

        Cold, that includes the holds of settlements that are owed: they are paid once the epoch is back.
        """
        holds = [hold for hold in self._holds.values() if hold.confirmed and (cold or hold.ended is None)]
        await _in_turns(self._give_back(hold) for hold in holds)
        await self._release_strays()
        await _in_turns(self._tell_event(stream_id, event) for stream_id, event in self._retained.entries())

    async def _give_back(self, hold: Hold) -> None:
        keys = [hold.names.wallet, hold.names.counters, hold.name, self._mine]
        await self._restore(keys, str(hold.amount), hold.member, hold.event)

    async def _tell_event(self, before: bytes, event: bytes) -> None:
        self._retained.rename(before, await self._emit(event))

    async def _release_strays(self) -> None:
        """End what Redis holds for calls that are over: it forgot their end, or got the hold back behind it.

        What they came to is told again as an event.
        """
        for member in await self._redis.command("SMEMBERS", self._mine):
            organization_id, key_id, call_id = names.split_member(member.decode())
            if call_id not in self._holds:
                key = KeyFacts(key_id=key_id, organization_id=organization_id, user_id=0)
                with contextlib.suppress(Cold):
                    await self._settled(Hold(key, call_id, 0, b""), 0, b"")


async def _in_turns(steps: Iterable[Coroutine[None, None, None]]) -> None:
    """All of them, `_AT_ONCE` together; the first error ends it."""
    some: list[Coroutine[None, None, None]] = []
    for step in steps:
        some.append(step)
        if len(some) == _AT_ONCE:
            await asyncio.gather(*some)
            some.clear()
    await asyncio.gather(*some)


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)
