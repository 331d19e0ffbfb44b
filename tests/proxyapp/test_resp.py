"""The hot path's Redis client: it fails fast, never hangs, and is there again by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from proxyapp.resp import Redis, RedisAway, RedisRefused, connect
from tests.support import valkey
from tests.support.soon import until
from tests.support.valkey import Valkey

NOWHERE = "unix:///nowhere/valkey.sock"


@pytest.fixture(scope="module")
def server() -> Iterator[Valkey]:
    with valkey.running() as started:
        yield started


@pytest.fixture
async def redis(server: Valkey) -> AsyncIterator[Redis]:
    made = Redis(server.url)
    yield made
    await made.aclose()


def kill_connections(server: Valkey) -> None:
    for kind in ("normal", "pubsub"):
        server.ask.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


async def test_it_works(redis: Redis) -> None:
    assert await redis.command("SET", "name", b"\x00\r\nvalue") == b"OK"
    assert await redis.command("GET", "name") == b"\x00\r\nvalue"
    assert await redis.command("GET", "missing") is None


async def test_commands_of_one_turn_are_answered_each_its_own(redis: Redis) -> None:
    answers = await asyncio.gather(*(redis.command("ECHO", number) for number in range(1000)))
    assert answers == [b"%d" % number for number in range(1000)]


async def test_they_travel_over_one_connection(redis: Redis) -> None:
    ids = await asyncio.gather(*(redis.command("CLIENT", "ID") for _ in range(50)))
    assert len(set(ids)) == 1


async def test_a_refused_command_harms_no_other(redis: Redis) -> None:
    commands = (redis.command("ECHO", "a"), redis.command("NONSENSE"), redis.command("ECHO", "b"))
    answers = await asyncio.gather(*commands, return_exceptions=True)
    assert (answers[0], answers[2]) == (b"a", b"b")
    assert isinstance(answers[1], RedisRefused)


async def test_large_values(redis: Redis) -> None:
    value = bytes(range(256)) * 40_000
    await redis.command("SET", "large", value)
    assert await redis.command("GET", "large") == value


async def test_a_cancelled_command_keeps_the_answers_in_step(redis: Redis) -> None:
    await redis.command("PING")
    given_up = asyncio.ensure_future(redis.command("ECHO", "given up"))
    kept = asyncio.ensure_future(redis.command("ECHO", "kept"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await kept == b"kept"
    assert await redis.command("ECHO", "next") == b"next"


async def test_all_connections_killed(redis: Redis, server: Valkey) -> None:
    before = await redis.command("CLIENT", "ID")
    kill_connections(server)
    with contextlib.suppress(RedisAway):  # written before the end of the connection was noticed
        await redis.command("PING")
    after = await redis.command("CLIENT", "ID")
    assert after != before


async def test_commands_under_way_fail_when_their_connection_is_killed(redis: Redis, server: Valkey) -> None:
    waiting = asyncio.ensure_future(redis.command("BLPOP", "nothing comes here", 0))
    await until(lambda: server.ask.info("clients")["blocked_clients"] == 1)
    kill_connections(server)
    with pytest.raises(RedisAway):
        await waiting


async def test_nobody_there_is_told_at_once() -> None:
    redis = Redis(NOWHERE)
    with pytest.raises(RedisAway):
        await redis.command("PING")


async def test_a_wrong_password_is_no_connection(server: Valkey) -> None:
    url = server.url.replace("unix://", "unix://nobody:wrong@")
    with pytest.raises(RedisAway):
        await connect(url)


async def test_a_user_and_a_database_of_its_own(server: Valkey) -> None:
    server.ask.execute_command("ACL", "SETUSER", "gateway", "on", ">p@ss", "~*", "&*", "+@all")
    redis = Redis(server.url.replace("unix://", "unix://gateway:p%40ss@").replace("db=0", "db=3"))
    assert await redis.command("ACL", "WHOAMI") == b"gateway"
    assert b"db=3" in await redis.command("CLIENT", "INFO")
    await redis.aclose()


async def test_a_server_that_turns_connections_away(server: Valkey) -> None:
    server.ask.config_set("maxclients", 1)
    try:
        redis = Redis(server.url)
        with pytest.raises((RedisAway, RedisRefused)):
            await redis.command("PING")
    finally:
        server.ask.config_set("maxclients", 1000)
    await redis.aclose()


async def test_a_frozen_server_counts_as_away_and_is_back_when_it_thaws(server: Valkey) -> None:
    redis = Redis(server.url)
    await redis.command("PING")
    server.freeze()
    try:
        async with asyncio.timeout(5):
            with pytest.raises(RedisAway):
                await redis.command("PING")
    finally:
        server.thaw()
    assert await redis.command("PING") == b"PONG"
    await redis.aclose()


async def test_a_server_that_was_started_again(server: Valkey) -> None:
    redis = Redis(server.url)
    await redis.command("SET", "name", "value")
    server.kill()
    with pytest.raises(RedisAway):
        await redis.command("PING")
    server.start()
    assert await redis.command("GET", "name") is None
    await redis.aclose()
