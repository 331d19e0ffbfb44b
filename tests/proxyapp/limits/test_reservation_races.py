"""What may overtake what between a gateway and its Redis, and that no money is lost or taken twice by it."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from proxyapp.errors import NotReady
from proxyapp.limits import names
from proxyapp.limits.publish import publish_credit
from proxyapp.limits.reservation import Limits
from proxyapp.resp import Argument, Redis, RedisAway
from proxyapp.snapshot import KeyFacts
from proxyapp.store import DOUBT, EPOCH, REBUILDING, STREAM, counters_name, ready_name, wallet_name
from tests.support import valkey
from tests.support.soon import until
from tests.support.valkey import Valkey

KEY = KeyFacts(key_id=7, organization_id=3, user_id=1)
Step = Callable[[], Awaitable[None]]


class Watched(Redis):
    """Before it sends a script that is watched for, it takes another step, once."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.steps: dict[str, Step] = {}
        self.sent: list[Argument] = []

    def before(self, script: str, step: Step) -> None:
        self.steps[hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()] = step

    async def command(self, *arguments: Argument) -> Any:
        if len(arguments) > 1 and (step := self.steps.pop(str(arguments[1]), None)):
            self.sent = list(arguments)
            await step()
        return await super().command(*arguments)


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey.running() as started:
        yield started


@pytest.fixture
async def redis(server: Valkey) -> AsyncIterator[Watched]:
    server.ask.flushall()
    server.ask.set(EPOCH, "1")
    publish_credit(server.ask, 3, 1_000, 0)
    for script in (names.RESERVE, names.SETTLE, names.RESTORE):
        server.ask.script_load(script)
    made = Watched(server.url)
    yield made
    await made.aclose()


@pytest.fixture
async def limits(redis: Watched) -> AsyncIterator[Limits]:
    made = Limits(redis)
    await made.start()
    yield made
    await made.stop()


def numbers(server: Valkey, name: str) -> dict[str, int]:
    return {field.decode(): int(value) for field, value in server.ask.hgetall(name).items()}


def told(server: Valkey) -> list[bytes]:
    return [fields[b"e"] for _, fields in server.ask.xrange(STREAM)]


async def cut(server: Valkey, redis: Redis) -> None:
    """The connection is lost, and made anew by whoever needs it next."""
    before = redis.connections
    server.ask.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await until(lambda: redis.connections > before)


async def test_it_works(limits: Limits, redis: Watched, server: Valkey) -> None:
    """A call ends while its gateway restores, after a new connection, what Redis may have lost."""
    for call_id in ("a", "b"):
        await limits.reserve(KEY, call_id, 100, b"")
    redis.before(names.RESTORE, lambda: limits.settle(KEY, "b", 70, b"event of b"))
    await cut(server, redis)
    await until(lambda: not redis.steps)
    await limits.settle(KEY, "a", 50, b"event of a")
    await until(lambda: numbers(server, wallet_name(3))["held"] == 0)
    assert numbers(server, wallet_name(3)) == {"credited": 1000, "spent": 120, "held": 0, "avail": 880}
    assert set(told(server)) == {b"event of a", b"event of b"}


async def test_a_reservation_that_is_carried_out_after_it_was_given_up(
    limits: Limits, redis: Watched, server: Valkey
) -> None:
    async def lose() -> None:
        raise RedisAway

    redis.before(names.RESERVE, lose)
    with pytest.raises(NotReady):
        await limits.reserve(KEY, "a", 600, b"")
    settled = server.ask.info("commandstats")["cmdstat_evalsha"]["calls"]
    await until(lambda: server.ask.info("commandstats")["cmdstat_evalsha"]["calls"] > settled)
    server.ask.execute_command(*redis.sent)  # it lay unread until now
    assert numbers(server, counters_name(3, 7))["live"] == 1
    await until(lambda: numbers(server, counters_name(3, 7))["live"] == 0)
    assert numbers(server, wallet_name(3)) == {"credited": 1000, "spent": 0, "held": 0, "avail": 1000}
    assert told(server) == []


async def test_a_hold_that_redis_has_lost_is_told_of_all_the_same(limits: Limits, server: Valkey) -> None:
    """Its last second is gone, its epoch is not: reconciliation corrects the wallet from the event."""
    await limits.reserve(KEY, "a", 100, b"")
    server.ask.delete(names.hold_name(3, "a"))
    await limits.settle(KEY, "a", 70, b"event")
    assert told(server) == [b"event"]
    await until(lambda: server.ask.exists(DOUBT))


async def test_a_settlement_that_is_under_way_when_debts_are_paid(
    limits: Limits, redis: Watched, server: Valkey
) -> None:
    """It is told once, and asks for no reconciliation."""
    await limits.reserve(KEY, "a", 100, b"")

    async def turn() -> None:
        seen = reads(server)
        await until(lambda: reads(server) >= seen + 6)  # three in each turn; one may have begun before

    redis.before(names.SETTLE, turn)
    await limits.settle(KEY, "a", 70, b"event")
    assert told(server) == [b"event"]
    assert not server.ask.exists(DOUBT)


def reads(server: Valkey) -> int:
    return int(server.ask.info("commandstats")["cmdstat_get"]["calls"])


async def test_what_was_settled_is_told_again_and_charged_once(
    limits: Limits, redis: Watched, server: Valkey
) -> None:
    await limits.reserve(KEY, "a", 100, b"")
    await limits.settle(KEY, "a", 70, b"event")
    await cut(server, redis)
    await until(lambda: len(told(server)) > 1)  # PostgreSQL takes it once
    assert set(told(server)) == {b"event"}
    assert numbers(server, wallet_name(3))["spent"] == 70


async def test_a_connection_that_is_lost_before_the_first_look(redis: Watched, server: Valkey) -> None:
    """What was settled before a gateway's first turn is told again all the same."""
    limits = Limits(redis)
    await limits.reserve(KEY, "a", 100, b"")
    await limits.settle(KEY, "a", 70, b"event")
    server.ask.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await limits.start()
    await until(lambda: len(told(server)) > 1)
    await limits.stop()
    assert (set(told(server)), numbers(server, wallet_name(3))["spent"]) == ({b"event"}, 70)


async def test_an_end_that_redis_has_lost(limits: Limits, redis: Watched, server: Valkey) -> None:
    """Back with the last second missing, it holds for a call that is over; the event asks to be charged."""
    await limits.reserve(KEY, "a", 100, b"")
    lost = server.ask.dump(names.hold_name(3, "a"))
    await limits.settle(KEY, "a", 70, b"event")
    server.ask.restore(names.hold_name(3, "a"), 0, lost)
    server.ask.sadd(names.holds_name(limits.gateway_id), names.member(3, 7, "a"))
    for name, field in ((wallet_name(3), "spent"), (counters_name(3, 7), "used")):
        server.ask.hset(name, field, 0)
    server.ask.hset(wallet_name(3), mapping={"held": 100, "avail": 900})
    await cut(server, redis)
    await until(lambda: server.ask.exists(DOUBT))
    assert numbers(server, wallet_name(3)) == {"credited": 1000, "spent": 0, "held": 0, "avail": 1000}
    assert set(told(server)) == {b"event"}


async def test_a_connection_that_is_lost_while_it_is_told(
    limits: Limits, redis: Watched, server: Valkey
) -> None:
    """Whatever had not been told yet is told over the next one."""
    for number in range(300):
        await limits.reserve(KEY, f"c{number}", 1, b"")
        await limits.settle(KEY, f"c{number}", 1, b"event %d" % number)
    server.ask.flushall()
    server.ask.set(REBUILDING, "mark")
    await until(lambda: server.ask.xlen(STREAM) > 0)
    server.ask.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await until(lambda: server.ask.sismember(ready_name("mark"), limits.gateway_id))
    assert set(told(server)) == {b"event %d" % number for number in range(300)}
