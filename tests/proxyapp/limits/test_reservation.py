"""A reservation is made whole or not at all, ends exactly once, and survives a Redis that comes and goes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from proxyapp.errors import LimitReached, NotReady
from proxyapp.limits.names import hold_name, requests_name
from proxyapp.limits.publish import publish_credit
from proxyapp.limits.refusals import Short
from proxyapp.limits.reservation import Limits
from proxyapp.resp import Redis
from proxyapp.snapshot import KeyFacts
from proxyapp.store import EPOCH, LEASES, STREAM, counters_name, wallet_name
from tests.support import valkey
from tests.support.soon import until
from tests.support.valkey import Valkey

KEY = KeyFacts(key_id=7, organization_id=3, user_id=1, rpm=100, concurrency=2, budget_total=1_000)
HUGE = 2**62 + 1  # more than a double can tell from its neighbours


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey.running() as started:
        yield started


@pytest.fixture
async def limits(server: Valkey) -> AsyncIterator[Limits]:
    """Of a gateway that runs; there is an epoch, and credit of 1000."""
    server.ask.flushall()
    server.ask.set(EPOCH, "1")
    publish_credit(server.ask, 3, 1_000, 0)
    redis = Redis(server.url)
    made = Limits(redis)
    await made.start()
    yield made
    await made.stop()
    await redis.aclose()


def state(server: Valkey) -> dict[str, Any]:
    """All that limits keep of organization and key, as numbers."""
    hashes = {"wallet": wallet_name(3), "key": counters_name(3, 7)}
    found: dict[str, Any] = {
        name: {field.decode(): int(value) for field, value in server.ask.hgetall(where).items()}
        for name, where in hashes.items()
    }
    found["requests"] = server.ask.llen(requests_name(3, 7))
    found["events"] = [fields[b"e"] for _, fields in server.ask.xrange(STREAM)]
    return found


async def test_it_works(limits: Limits, server: Valkey) -> None:
    await limits.reserve(KEY, "c1", 600, b"checkpoint")
    assert state(server)["wallet"] == {"credited": 1000, "spent": 0, "held": 600, "avail": 400}
    assert state(server)["key"] == {"held": 600, "live": 1}
    await limits.settle(KEY, "c1", 250, b"event")
    assert state(server)["wallet"] == {"credited": 1000, "spent": 250, "held": 0, "avail": 750}
    assert state(server)["key"] == {"held": 0, "live": 0, "used": 250}
    assert state(server)["events"] == [b"event"]


async def test_a_second_settlement_is_none(limits: Limits, server: Valkey) -> None:
    await limits.reserve(KEY, "c1", 600, b"")
    await limits.settle(KEY, "c1", 250, b"event")
    before = state(server)
    await limits.settle(KEY, "c1", 600, b"event")
    after = state(server)
    assert set(after.pop("events")) == set(before.pop("events"))  # told again, and taken once
    assert after == before


async def test_the_same_reservation_twice_is_one(limits: Limits, server: Valkey) -> None:
    await limits.reserve(KEY, "c1", 600, b"")
    before = state(server)
    await limits.reserve(KEY, "c1", 600, b"")
    assert state(server) == before


@pytest.mark.parametrize("missing", [EPOCH, wallet_name(3)])
async def test_a_cold_store_admits_nobody(limits: Limits, server: Valkey, missing: str) -> None:
    server.ask.delete(missing)
    with pytest.raises(NotReady) as refused:
        await limits.reserve(KEY, "c1", 1, b"")
    assert refused.value.problem.retry_after is not None


@pytest.mark.parametrize(("amount", "where"), [(1_001, "budget"), (401, "wallet")])
async def test_what_is_refused_leaves_no_trace(
    limits: Limits, server: Valkey, amount: int, where: str
) -> None:
    if where == "wallet":
        await limits.reserve(KeyFacts(key_id=8, organization_id=3, user_id=1), "other", 600, b"")
    before = state(server)
    with pytest.raises(Short) as refused:
        await limits.reserve(KEY, "c1", amount, b"")
    assert state(server) == before
    assert refused.value.where == where
    assert (refused.value.free, refused.value.unheld) == ((1000, 1000) if where == "budget" else (400, 1000))


async def test_the_last_place_is_given_once(limits: Limits) -> None:
    tries = (limits.reserve(KEY, f"c{number}", 1, b"") for number in range(5))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results].count(LimitReached) == 3


async def test_amounts_beyond_a_double_are_exact(limits: Limits, server: Valkey) -> None:
    rich = KeyFacts(key_id=7, organization_id=3, user_id=1, budget_total=HUGE)
    publish_credit(server.ask, 3, HUGE, 0)
    with pytest.raises(Short):
        await limits.reserve(rich, "c1", HUGE + 1, b"")
    await limits.reserve(rich, "c2", HUGE, b"")
    assert state(server)["wallet"]["avail"] == 0
    await limits.settle(rich, "c2", HUGE - 1, b"event")
    assert state(server)["wallet"]["avail"] == 1


async def test_a_client_that_leaves_during_the_reservation(limits: Limits, server: Valkey) -> None:
    """It is on its way and cannot be called back: it is given back once it was made."""
    await limits.checkpoint(KEY, "warm", b"")
    server.freeze()
    reserving = asyncio.create_task(limits.reserve(KEY, "c1", 600, b""))
    await asyncio.sleep(0.05)  # it is written now; that it was read cannot be seen from here
    reserving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reserving
    server.thaw()
    await until(lambda: state(server)["requests"] == 1)
    await until(lambda: state(server)["key"]["live"] == 0)
    assert state(server)["wallet"]["avail"] == 1000
    assert state(server)["events"] == []


async def test_a_reservation_without_an_answer_is_refused_and_given_back(
    limits: Limits, server: Valkey
) -> None:
    await limits.checkpoint(KEY, "warm", b"")
    server.freeze()
    with pytest.raises(NotReady):
        await limits.reserve(KEY, "c1", 600, b"")
    server.thaw()
    await until(lambda: state(server)["requests"] == 1)
    await until(lambda: state(server)["key"]["live"] == 0)
    assert state(server)["wallet"]["avail"] == 1000


async def test_a_settlement_without_an_answer_is_made_later_and_once(limits: Limits, server: Valkey) -> None:
    await limits.reserve(KEY, "c1", 600, b"")
    server.freeze()
    await limits.settle(KEY, "c1", 250, b"event")
    server.thaw()
    await until(lambda: state(server)["events"] != [])
    await asyncio.sleep(1)  # for a second settlement to come, if it would
    assert set(state(server)["events"]) == {b"event"}  # told twice where in doubt: the drain takes it once
    assert state(server)["wallet"] == {"credited": 1000, "spent": 250, "held": 0, "avail": 750}


async def test_a_settlement_whose_caller_is_cancelled_is_made_all_the_same(
    limits: Limits, server: Valkey
) -> None:
    await limits.reserve(KEY, "c1", 600, b"")
    settling = asyncio.create_task(limits.settle(KEY, "c1", 250, b"event"))
    await asyncio.sleep(0)
    settling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await settling
    await until(lambda: set(state(server)["events"]) == {b"event"})


async def test_scripts_that_were_forgotten_are_sent_again(limits: Limits, server: Valkey) -> None:
    await limits.reserve(KEY, "c1", 600, b"")
    server.ask.script_flush()
    await limits.settle(KEY, "c1", 250, b"event")
    assert state(server)["events"] == [b"event"]


async def test_a_store_that_takes_no_writes_admits_nobody(limits: Limits, server: Valkey) -> None:
    server.ask.config_set("maxmemory", 1)
    try:
        with pytest.raises(NotReady):
            await limits.reserve(KEY, "c1", 600, b"")
    finally:
        server.ask.config_set("maxmemory", 0)
    await limits.reserve(KEY, "c2", 600, b"")
    assert state(server)["wallet"]["avail"] == 400


async def test_whoever_stops_pays_first_and_gives_its_lease_back(server: Valkey, limits: Limits) -> None:
    redis = Redis(server.url)
    leaving = Limits(redis)
    await leaving.start()
    await leaving.reserve(KEY, "c1", 600, b"")
    settling = asyncio.create_task(leaving.settle(KEY, "c1", 250, b"event"))
    await asyncio.sleep(0)
    settling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await settling
    await leaving.stop()
    assert set(state(server)["events"]) == {b"event"}
    assert server.ask.zscore(LEASES, leaving.gateway_id) == 0
    await redis.aclose()


async def test_a_lease_is_ahead_of_the_present(limits: Limits, server: Valkey) -> None:
    await until(lambda: server.ask.zscore(LEASES, limits.gateway_id) is not None)
    lease = server.ask.zscore(LEASES, limits.gateway_id)
    assert time.time() * 1000 < lease < time.time() * 1000 + 11_000


async def test_a_checkpoint_of_a_call_that_has_ended_makes_no_hold(limits: Limits, server: Valkey) -> None:
    await limits.checkpoint(KEY, "ended", b"event")
    assert not server.ask.exists(hold_name(3, "ended"))
