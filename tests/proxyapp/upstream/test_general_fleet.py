"""The general lane's calls to one origin: how many, in which order, and how long connections live."""

import asyncio
from collections.abc import Callable

import pytest

from proxyapp.upstream import Timeouts, UpstreamError
from proxyapp.upstream.fast import Load
from proxyapp.upstream.fleet import SHARE
from proxyapp.upstream.general import GeneralLane

from .conftest import Serve
from .wire import Peer, Provider, always, ok, then_wait, until

Make = Callable[..., GeneralLane]


async def echo_number(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(ok(b"%d" % peer.number))


async def which(lane: GeneralLane, provider: Provider, patient: Timeouts) -> bytes:
    answer = await lane.open(provider.get(), patient)
    try:
        return await answer.read_all(10)
    finally:
        answer.close()


async def test_it_works(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    answer = await lane.open(provider.get(), patient)
    assert lane.load() == Load(origins=1, busy=1, idle=0, waiting=0)
    answer.close()
    await until(lambda: lane.load() == Load(0, 0, 0, 0))


async def test_connection_rests(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve(echo_number)
    await which(lane, provider, patient)
    assert lane.load() == Load(origins=1, busy=0, idle=1, waiting=0)


async def test_failed_call_leaves_nothing(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve(then_wait(b"nonsense\r\n"))
    with pytest.raises(UpstreamError):
        await lane.open(provider.get(), patient)
    await until(lambda: lane.load() == Load(0, 0, 0, 0))


async def test_cap_is_kept_and_waiters_come_in_order(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_general(per_origin=2), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    held = [await lane.open(provider.get(), patient) for _ in range(2)]
    order: list[int] = []

    async def call(number: int) -> None:
        answer = await lane.open(provider.get(), patient)
        order.append(number)
        answer.close()

    tasks = [asyncio.create_task(call(number)) for number in range(5)]
    await until(lambda: lane.load().waiting == 5)
    assert lane.load().busy == len(provider.peers) == 2
    held[0].close()
    await asyncio.gather(*tasks)
    held[1].close()
    assert order == [0, 1, 2, 3, 4]


async def test_wait_for_a_place_counts_as_connecting(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_general(per_origin=1), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    held = await lane.open(provider.get(), patient)
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.get(), Timeouts(connect=0.05))
    assert (caught.value.kind, caught.value.sent) == ("timeout_connect", False)
    await until(lambda: lane.load().waiting == 0)
    held.close()


async def test_timeout_frees_the_place_before_the_answer_is_closed(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_general(per_origin=1), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    stuck = await lane.open(provider.get(), Timeouts(idle=0.05))
    (await lane.open(provider.get(), patient)).close()
    stuck.close()


async def test_resting_connections_are_let_go(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(idle_for=0.1), await serve(echo_number)
    await which(lane, provider, patient)
    await provider.gone()
    await until(lambda: lane.load() == Load(0, 0, 0, 0))


async def test_old_connections_are_not_used(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(alive_for=0.2), await serve(echo_number)
    numbers: set[bytes] = set()
    while len(numbers) < 2:  # in constant use, and yet it is replaced
        numbers.add(await which(lane, provider, patient))
    await provider.gone()


async def test_second_try_does_not_trust_another_resting_connection(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await until(lambda: len(provider.requests) >= 2)
        await peer.say(ok(b"x"))
        await peer.request()

    lane, provider = make_general(), await serve(script)
    await asyncio.gather(*[which(lane, provider, patient) for _ in range(2)])
    assert lane.load().idle == 2
    assert await which(lane, provider, patient) == b"x"
    assert (len(provider.peers), len(provider.requests)) == (3, 4)


async def test_connections_are_many_in_small_groups(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    answers = [await lane.open(provider.get(), patient) for _ in range(SHARE + 1)]
    (fleet,) = lane._fleets.values()
    assert [len(engine.lines) for engine in fleet._engines] == [SHARE, 1]
    for answer in answers:
        answer.close()


async def test_closing_cuts_at_once(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve(then_wait(b"HTTP/1.1 200 OK\r\n\r\n"))
    answer = await lane.open(provider.get(), patient)
    (fleet,) = lane._fleets.values()
    answer.close()
    assert [engine.lines for engine in fleet._engines] == [set()]


async def test_answer_outlives_the_engine_that_carries_it(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n%d" % peer.number)
        await until(lambda: len(provider.requests) == 2)
        await peer.say(b".")
        await peer.until_closed()

    lane, provider = make_general(alive_for=-1.0), await serve(script)
    first = await lane.open(provider.get(), patient)
    assert await which(lane, provider, patient) == b"1."
    assert await first.read_all(10) == b"0."
    first.close()
    await provider.gone()


async def test_reader_who_never_reads_does_not_keep_the_task(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane = make_general()
    provider = await serve(always(ok(b"x" * (4 << 20))))
    answer = await lane.open(provider.get(), Timeouts(total=0.2))
    await until(lambda: lane.load().busy == 0)
    with pytest.raises(UpstreamError) as caught:
        await answer.read_all(1 << 30)
    assert caught.value.kind == "timeout_total"
