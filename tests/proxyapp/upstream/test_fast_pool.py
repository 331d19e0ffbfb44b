"""The fast lane's connections to one origin: how many, in which order, for how long."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from proxyapp.upstream import Answer, FastLane, Timeouts, UpstreamError
from proxyapp.upstream.connection import Connection
from proxyapp.upstream.exchange import SLICE
from proxyapp.upstream.fast import Load

from .conftest import Serve
from .wire import Peer, Provider, always, ok, then_wait, until

Make = Callable[..., FastLane]


def connections(lane: FastLane) -> list[Connection]:
    return [connection for origin in lane._origins.values() for connection in origin._all]


async def which(lane: FastLane, provider: Provider, patient: Timeouts) -> bytes:
    answer = await lane.open(provider.get(), patient)
    try:
        return await answer.read_all(10)
    finally:
        answer.close()


async def echo_number(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(ok(b"%d" % peer.number))


async def test_it_works(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(echo_number)
    first = await lane.open(provider.get(), patient)
    assert lane.load() == Load(origins=1, busy=1, idle=0, waiting=0)
    first.close()
    assert lane.load() == Load(origins=1, busy=0, idle=1, waiting=0)


async def test_failed_call_leaves_nothing(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(then_wait(b"nonsense\r\n"))
    with pytest.raises(UpstreamError):
        await lane.open(provider.get(), patient)
    assert lane.load() == Load(0, 0, 0, 0)


async def test_youngest_is_taken_first(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(echo_number)
    answers = [await lane.open(provider.get(), patient) for _ in range(3)]
    for answer in (answers[1], answers[2], answers[0]):
        answer.close()
    assert [await which(lane, provider, patient) for _ in range(2)] == [b"0", b"0"]


async def test_cap_is_kept_and_waiters_come_in_order(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_fast(per_origin=2), await serve(echo_number)
    held = [await lane.open(provider.get(), patient) for _ in range(2)]
    order: list[int] = []

    async def call(number: int) -> None:
        answer = await lane.open(provider.get(), patient)
        order.append(number)
        answer.close()

    tasks = [asyncio.create_task(call(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert lane.load() == Load(origins=1, busy=2, idle=0, waiting=5)
    held[0].close()
    await asyncio.gather(*tasks)
    held[1].close()
    assert (order, len(provider.peers)) == ([0, 1, 2, 3, 4], 2)


async def test_newcomer_does_not_overtake(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(per_origin=1), await serve(echo_number)
    held = await lane.open(provider.get(), patient)
    order: list[str] = []

    async def call(name: str) -> None:
        answer = await lane.open(provider.get(), patient)
        order.append(name)
        answer.close()

    waiter = asyncio.create_task(call("waiter"))
    await asyncio.sleep(0)
    held.close()  # the connection is at rest, but promised
    await call("newcomer")
    await waiter
    assert order == ["waiter", "newcomer"]


async def test_wait_for_a_place_counts_as_connecting(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_fast(per_origin=1), await serve(echo_number)
    held = await lane.open(provider.get(), patient)
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.get(), Timeouts(connect=0.05))
    assert (caught.value.kind, caught.value.sent) == ("timeout_connect", False)
    assert lane.load().waiting == 0
    held.close()


async def test_place_that_comes_as_its_owner_leaves_is_passed_on(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_fast(per_origin=1), await serve(echo_number)
    held = await lane.open(provider.get(), patient)
    leaving, staying = [asyncio.create_task(lane.open(provider.get(), patient)) for _ in range(2)]
    await asyncio.sleep(0)
    held.close()  # hands the place to the first ...
    leaving.cancel()  # ... who does not live to take it
    with suppress(asyncio.CancelledError):
        await leaving
    (await staying).close()


async def test_cut_connection_frees_its_place(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane = make_fast(per_origin=1)
    provider = await serve(then_wait(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"))
    for _ in range(3):
        (await lane.open(provider.get(), patient)).close()
    assert len(provider.peers) == 3


async def test_timeout_frees_the_place_before_the_answer_is_closed(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    lane = make_fast(per_origin=1)
    provider = await serve(then_wait(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"))
    stuck = await lane.open(provider.get(), Timeouts(idle=0.05))
    (await lane.open(provider.get(), patient)).close()
    stuck.close()
    assert lane.load().busy == 0


async def test_failed_dial_frees_its_place(make_fast: Make, patient: Timeouts) -> None:
    lane, provider = make_fast(per_origin=1), Provider(echo_number)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        provider.port = free.getsockname()[1]
        for _ in range(3):
            with pytest.raises(UpstreamError):
                await lane.open(provider.get(), patient)
    assert lane.load() == Load(0, 0, 0, 0)


async def test_second_try_stays_within_the_cap(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    die = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"%d" % peer.number))
        await peer.request()
        await die.wait()

    lane, provider = make_fast(per_origin=1), await serve(script)
    await which(lane, provider, patient)
    tasks = [asyncio.create_task(which(lane, provider, patient)) for _ in range(2)]
    await until(lambda: lane.load().waiting == 1)
    die.set()  # the first call queues up behind the second, who leaves a connection at rest
    assert await asyncio.gather(*tasks) == [b"2", b"1"]
    await provider.gone(1)
    assert len(connections(lane)) == 1


async def test_resting_connections_are_let_go(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(idle_for=0.1), await serve(echo_number)
    await which(lane, provider, patient)
    await provider.gone()
    assert lane.load() == Load(0, 0, 0, 0)


async def test_old_connections_are_not_used(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(alive_for=0.2), await serve(echo_number)
    numbers: set[bytes] = set()
    while len(numbers) < 2:  # in constant use, and yet it is replaced
        numbers.add(await which(lane, provider, patient))
    await provider.gone()


async def test_death_at_rest_is_noticed(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(echo_number)
    await which(lane, provider, patient)
    provider.peers[0].cut()
    await provider.gone()
    await until(lambda: not lane.load().idle)
    assert lane.load() == Load(0, 0, 0, 0)


async def test_small_writes_are_not_delayed(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(echo_number)
    await which(lane, provider, patient)
    (connection,) = connections(lane)
    endpoint = connection.transport.get_extra_info("socket")
    assert endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_large_body_is_not_piled_up(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        await go_on.wait()
        await peer.reader.readexactly(64 << 20)
        await peer.say(ok())

    lane, provider = make_fast(), await serve(script)
    task: asyncio.Task[Answer] = asyncio.create_task(lane.open(provider.post(b"x" * (64 << 20)), patient))
    await until(lambda: any(connection.choked for connection in connections(lane)))
    assert connections(lane)[0].transport.get_write_buffer_size() <= 2 * SLICE
    go_on.set()
    (await task).close()


async def test_closed_exchange_leaves_no_cycle(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(), await serve(always(ok()))
    answer = await lane.open(provider.get(), patient)
    answer.close()
    assert not hasattr(answer, "_parser")
    assert connections(lane)[0]._exchange is None


async def test_unsent_rest_of_a_request_spoils_the_connection(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok())
        await peer.head()
        await peer.say(ok())  # before the end of the body
        await peer.until_closed()

    lane, provider = make_fast(), await serve(script)
    await which(lane, provider, patient)
    connections(lane)[0].choked = True  # as if the transport were full after the first slice
    answer = await lane.open(provider.post(b"x" * (SLICE + 1)), patient)
    answer.close()
    await provider.gone()


async def test_unflushed_rest_of_a_request_spoils_the_connection(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    written = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await peer.say(ok())
        await written.wait()
        await peer.say(ok())  # without having read anything
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        await peer.until_closed()

    lane, provider = make_fast(), await serve(script)
    await which(lane, provider, patient)
    (connection,) = connections(lane)
    endpoint = connection.transport.get_extra_info("socket")
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    task: asyncio.Task[Answer] = asyncio.create_task(lane.open(provider.post(b"x" * SLICE), patient))
    await until(lambda: connection.transport.get_write_buffer_size() > 0)
    written.set()
    (await task).close()
    await provider.gone()
