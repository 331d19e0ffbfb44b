"""HTTP/2: many calls on one connection, and none of them at the expense of another."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from proxyapp.upstream import Timeouts
from proxyapp.upstream.general import GeneralLane

from .calls import whole
from .conftest import ServeH2
from .h2_provider import Stream, echo, then_wait
from .wire import until

Make = Callable[..., GeneralLane]


async def test_it_works(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    answer = await lane.open(provider.post(b"text", "/v1/x?y=%7e", (b"X-Api-Key", b"k")), patient)
    assert await answer.read_all(100) == b"text"
    answer.close()
    assert (answer.status, answer.headers) == (200, [(b"content-type", b"text/plain")])
    assert sorted(provider.streams[0].fields) == [
        (b":authority", f"localhost:{provider.port}".encode()),
        (b":method", b"POST"),
        (b":path", b"/v1/x?y=%7e"),
        (b":scheme", b"https"),
        (b"content-length", b"4"),
        (b"x-api-key", b"k"),
    ]


async def test_calls_share_a_connection(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    bodies = [b"%d" % number for number in range(80)]
    calls = [whole(lane, provider.post(body), patient) for body in bodies]
    assert await asyncio.gather(*calls) == bodies
    assert len(provider.links) == 1


async def test_calls_beyond_what_one_connection_takes(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"x"))
    answers = [await lane.open(provider.get(), patient) for _ in range(101)]
    assert len(provider.links) == 2
    for answer in answers:
        answer.close()


@pytest.mark.parametrize("allowed", [1, 2])
async def test_calls_beyond_what_the_provider_allows(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts, allowed: int
) -> None:
    lane, settings = make_general(), {SettingCodes.MAX_CONCURRENT_STREAMS: allowed}
    provider = await serve_h2(then_wait(b"x"), settings=settings, is_slow=True)
    answers = await asyncio.gather(*[lane.open(provider.get(), patient) for _ in range(7)])
    assert {len(link.streams) for link in provider.links} <= {1, allowed}
    assert not any(link.closed.is_set() for link in provider.links)
    for answer in answers:
        answer.close()


async def test_closing_resets_the_stream_alone(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"half"))
    leaving, staying = [await lane.open(provider.get(), patient) for _ in range(2)]
    assert await leaving.read() == b"half"
    leaving.close()
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL
    assert await staying.read() == b"half"
    await provider.streams[1].say(b"more")
    assert await staying.read() == b"more"
    staying.close()
    assert len(provider.links) == 1


async def test_cancelled_open_resets_the_stream(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        asked.set()
        await stream.gone.wait()

    asked = asyncio.Event()
    lane, provider = make_general(), await serve_h2(script)
    task = asyncio.create_task(lane.open(provider.post(), patient))
    await asked.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL


async def test_cancelled_read_resets_the_stream(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait())
    answer = await lane.open(provider.get(), patient)
    task = asyncio.create_task(answer.read())
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL


async def test_cancelled_upload_resets_the_stream(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        asked.set()
        await stream.gone.wait()

    asked = asyncio.Event()
    lane, provider = make_general(), await serve_h2(script, takes_bodies=False)
    task = asyncio.create_task(lane.open(provider.post(b"x" * (8 << 20)), patient))
    await asked.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL


@pytest.mark.parametrize("turns", range(12))
async def test_cancelled_at_any_turn_of_the_loop(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts, turns: int
) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    task = asyncio.create_task(lane.open(provider.post(), patient))
    for _ in range(turns):
        await asyncio.sleep(0.0005)
    task.cancel()
    with suppress(asyncio.CancelledError):
        (await task).close()
    assert await whole(lane, provider.post(b"next"), patient) == b"next"


async def test_calls_given_up_do_not_starve_the_connection(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.head()
        await stream.say(b"x" * (200 << 10))
        await (stream.gone.wait() if stream.values(b":method") == [b"GET"] else asyncio.sleep(0))
        stream.finish()

    lane, provider = make_general(), await serve_h2(script)
    for _ in range(150):  # 30 MB never read, twice the connection's window
        (await lane.open(provider.get(), patient)).close()
    assert len(await whole(lane, provider.post(), patient)) == 200 << 10
    assert len(provider.links) == 1


async def test_slow_reader_holds_back_his_own_stream_alone(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.head()
        for _ in range(4 if stream.number == 1 else 18):  # the second fills the connection's window once over
            await stream.say(b"x" * (1 << 20))
        stream.finish()

    lane, provider = make_general(), await serve_h2(script)
    slow = await lane.open(provider.get(), patient)
    assert len(await whole(lane, provider.get(), patient)) == 18 << 20
    assert provider.streams[0].sent < 1 << 20
    assert len(await slow.read_all(1 << 30)) == 4 << 20
    slow.close()
    assert len(provider.links) == 1


async def test_slow_reader_may_leave(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"x" * (4 << 20)))
    left: list[object] = []  # generators that nobody closed
    sys.set_asyncgen_hooks(finalizer=left.append)
    answer = await lane.open(provider.get(), patient)
    await until(lambda: answer._room is not None)
    answer.close()
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL
    await answer.gone()
    assert left == []


async def test_large_body_both_ways(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    body = b"0123456789abcdef" * (1 << 19)  # 8 MB
    assert await whole(lane, provider.post(body), patient) == body


async def test_answer_before_the_end_of_the_request(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.head(413)
        await stream.say(b"much")
        stream.finish()
        await stream.gone.wait()

    lane, provider = make_general(), await serve_h2(script, takes_bodies=False)
    answer = await lane.open(provider.post(b"x" * (8 << 20)), patient)
    assert (answer.status, await answer.read_all(10)) == (413, b"much")
    answer.close()
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL


async def test_answer_and_reset_before_the_end_of_the_request(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.head(413, end=True)
        stream.reset(ErrorCodes.NO_ERROR)

    lane, provider = make_general(), await serve_h2(script, takes_bodies=False)
    answer = await lane.open(provider.post(b"x" * (8 << 20)), patient)
    assert (answer.status, await answer.read_all(10)) == (413, b"")
    answer.close()


async def test_interim_answers_and_trailers_are_skipped(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.head(103, (b"link", b"x"))
        stream.head(200)
        await stream.say(b"x")
        stream.link.state.send_headers(stream.number, [(b"x-late", b"1")], end_stream=True)
        stream.link.flush()

    lane, provider = make_general(), await serve_h2(script)
    answer = await lane.open(provider.get(), patient)
    assert (answer.status, answer.headers, await answer.read_all(10)) == (200, [], b"x")
    answer.close()


async def test_many_large_requests_at_once_do_not_cost_the_connection(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    """However little the provider takes for a while: it goes on telling things that want an answer."""
    large, calls = b"x" * (1 << 20), 60
    provider = await serve_h2(echo, settings={SettingCodes.INITIAL_WINDOW_SIZE: 1 << 24})
    lane = make_general()
    await whole(lane, provider.get(), patient)
    (link,) = provider.links
    link.state.increment_flow_control_window(1 << 30)
    link.flush()
    await whole(lane, provider.get(), patient)
    link.transport.pause_reading()
    tasks = [asyncio.create_task(whole(lane, provider.post(large), patient)) for _ in range(calls)]
    await asyncio.sleep(0.5)  # until all of them are stuck
    link.state.ping(b"12345678")
    link.flush()
    await asyncio.sleep(0.1)
    link.transport.resume_reading()
    assert {len(body) for body in await asyncio.gather(*tasks)} == {len(large)}
    assert len(provider.links) == 1
