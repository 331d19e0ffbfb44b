"""A gateway's reading of the snapshot is never older than what it has been told, or a second."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from proxyapp.resp import Argument, Redis, RedisAway
from proxyapp.snapshot import Catalogue, KeyFacts
from proxyapp.store import (
    EPOCH,
    KEPT_STRANGERS,
    PUSH,
    Store,
    key_name,
    publish_catalogue,
    publish_key,
    publish_tick,
)
from tests.support import valkey
from tests.support.soon import until, until_equal
from tests.support.valkey import Valkey

DIGEST = "d1"
ACTIVE = KeyFacts(key_id=1, organization_id=1, user_id=1)
REVOKED = KeyFacts(key_id=1, organization_id=1, user_id=1, status="revoked")


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey.running() as started:
        yield started


@pytest.fixture
async def store(server: Valkey) -> AsyncIterator[Store]:
    """Listening, with nothing published."""
    server.ask.flushall()
    redis = Redis(server.url)
    made = Store(redis, server.url)
    await made.start()
    await until(lambda: listeners(server) == 1)
    yield made
    await made.stop()
    await redis.aclose()
    await until(lambda: listeners(server) == 0)


def listeners(server: Valkey) -> int:
    found: list[tuple[bytes, int]] = server.ask.pubsub_numsub(PUSH)
    return found[0][1]


def reads(server: Valkey) -> int:
    """GETs the server has answered so far."""
    return int(server.ask.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"])


def commands(server: Valkey) -> int:
    """GETs and EXISTSs the server has answered so far."""
    stats = server.ask.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in ("get", "exists"))


async def hearing(store: Store, server: Valkey) -> None:
    publish_tick(server.ask)
    await until(lambda: not store.is_silent)


async def test_it_works(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    assert await store.key(DIGEST) == ACTIVE
    publish_key(server.ask, DIGEST, REVOKED)
    await until_equal(lambda: store.key(DIGEST), REVOKED)


async def test_what_is_known_is_not_asked_again(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    await hearing(store, server)
    await store.key(DIGEST)
    before = reads(server)
    for _ in range(100):
        publish_tick(server.ask)
        await store.key(DIGEST)
    assert reads(server) == before


async def test_a_key_that_is_not_there_is_remembered_until_it_is(store: Store, server: Valkey) -> None:
    await hearing(store, server)
    assert await store.key("unknown") is None
    before = reads(server)
    assert await store.key("unknown") is None
    assert reads(server) == before
    publish_key(server.ask, "unknown", ACTIVE)
    await until_equal(lambda: store.key("unknown"), ACTIVE)


async def test_whoever_is_interested_is_told_of_a_change(store: Store, server: Valkey) -> None:
    told: list[str] = []
    store.on_key_change = told.append
    publish_key(server.ask, DIGEST, ACTIVE)
    await until(lambda: told == [DIGEST])


async def test_a_silent_channel_is_not_trusted(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    await store.key(DIGEST)
    await until(lambda: store.is_silent)
    server.ask.set(key_name(DIGEST), b'{"key_id":1,"organization_id":1,"user_id":1,"status":"revoked"}')
    assert await store.key(DIGEST) == REVOKED


async def test_a_change_during_which_nobody_listened(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    await hearing(store, server)
    assert await store.key(DIGEST) == ACTIVE
    server.ask.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    publish_key(server.ask, DIGEST, REVOKED)  # before it can be listening again
    await until(lambda: listeners(server) == 1)
    await hearing(store, server)
    assert await store.key(DIGEST) == REVOKED


async def test_a_lost_channel_is_not_trusted_from_that_moment(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    await hearing(store, server)
    assert await store.key(DIGEST) == ACTIVE
    server.ask.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await until(lambda: store.is_silent)
    publish_key(server.ask, DIGEST, REVOKED)
    assert await store.key(DIGEST) == REVOKED


class Held(Redis):
    """Hands the answer to a GET on only when it is let go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.answered, self.let_go = asyncio.Event(), asyncio.Event()

    async def command(self, *arguments: Argument) -> Any:
        answer = await super().command(*arguments)
        self.answered.set()
        await self.let_go.wait()
        return answer


async def test_an_answer_overtaken_by_a_change_is_asked_for_again(server: Valkey) -> None:
    redis = Held(server.url)
    store = Store(redis, server.url)
    listening = asyncio.create_task(store.start())
    publish_key(server.ask, DIGEST, ACTIVE)
    await until(lambda: listeners(server) == 1)
    told: list[str] = []
    store.on_key_change = told.append
    redis.answered.clear()
    reading = asyncio.create_task(store.key(DIGEST))
    await redis.answered.wait()
    publish_key(server.ask, DIGEST, REVOKED)
    await until(lambda: told == [DIGEST])
    redis.let_go.set()
    assert await reading == REVOKED
    await listening
    await store.stop()
    await redis.aclose()


async def test_the_catalogue_is_followed(store: Store, server: Valkey) -> None:
    assert await store.catalogue() is None
    publish_catalogue(server.ask, Catalogue("v1", {}, {}))
    await until_equal(store.catalogue, Catalogue("v1", {}, {}))
    publish_catalogue(server.ask, Catalogue("v2", {}, {}))
    await until_equal(store.catalogue, Catalogue("v2", {}, {}))


async def test_a_new_catalogue_is_told_before_it_is_used(store: Store, server: Valkey) -> None:
    told: list[Catalogue] = []
    store.on_catalogue = told.append
    publish_catalogue(server.ask, Catalogue("v1", {}, {}))
    await until_equal(store.catalogue, Catalogue("v1", {}, {}))
    assert told[-1] == Catalogue("v1", {}, {})


async def test_many_who_want_a_new_catalogue_read_it_once(store: Store, server: Valkey) -> None:
    publish_catalogue(server.ask, Catalogue("v1", {}, {}))
    await until_equal(store.catalogue, Catalogue("v1", {}, {}))
    await until(lambda: store.is_silent)
    publish_catalogue(server.ask, Catalogue("v2", {}, {}))
    await hearing(store, server)
    before = reads(server)
    found = await asyncio.gather(*(store.catalogue() for _ in range(100)))
    assert {catalogue.version for catalogue in found if catalogue} == {"v2"}
    assert reads(server) == before + 1


async def test_a_catalogue_that_was_lost_is_not_kept(store: Store, server: Valkey) -> None:
    publish_catalogue(server.ask, Catalogue("v1", {}, {}))
    await until_equal(store.catalogue, Catalogue("v1", {}, {}))
    server.ask.flushall()
    await until(lambda: store.is_silent)
    assert await store.catalogue() is None


async def test_where_redis_is_away_nothing_is_made_up(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    assert await store.key(DIGEST) == ACTIVE
    server.kill()
    try:
        await until(lambda: store.is_silent)
        with pytest.raises(RedisAway):
            await store.key(DIGEST)
    finally:
        server.start()
    await until(lambda: listeners(server) == 1)


async def test_a_stranger_is_asked_for_once(store: Store, server: Valkey) -> None:
    server.ask.set(EPOCH, "e1")
    await hearing(store, server)
    assert await store.key("unknown") is None
    assert await store.is_stranger("unknown")
    before = commands(server)
    assert await store.key("unknown") is None
    assert await store.is_stranger("unknown")
    assert commands(server) == before


async def test_where_redis_is_cold_nobody_is_a_stranger(store: Store, server: Valkey) -> None:
    await hearing(store, server)
    assert await store.key("unknown") is None
    assert not await store.is_stranger("unknown")
    server.ask.set(EPOCH, "e1")
    assert await store.is_stranger("unknown")


async def test_a_flood_of_strangers_is_not_kept_and_evicts_no_key(store: Store, server: Valkey) -> None:
    publish_key(server.ask, DIGEST, ACTIVE)
    await hearing(store, server)
    assert await store.key(DIGEST) == ACTIVE
    for number in range(0, KEPT_STRANGERS + 1_000, 500):
        publish_tick(server.ask)
        await asyncio.gather(*(store.key(f"unknown-{number + one}") for one in range(500)))
    await hearing(store, server)
    before = reads(server)
    assert await store.key(DIGEST) == ACTIVE
    assert reads(server) == before
    assert await store.key("unknown-0") is None
    assert reads(server) == before + 1
