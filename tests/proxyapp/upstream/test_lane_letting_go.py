"""Cancelled tasks, closed answers, slow readers: what must not be left behind."""

import asyncio
from contextlib import suppress

import pytest

from proxyapp.upstream import Lane, Outgoing, Timeouts, UpstreamError

from .conftest import Serve
from .wire import Peer, always, chunked, ok, then_wait

PART = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"


async def cancel(task: "asyncio.Task[object]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_it_works(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        asked.set()
        await peer.until_closed()

    provider = await serve(script)
    task: asyncio.Task[object] = asyncio.create_task(lane.open(provider.post(), patient))
    await asked.wait()
    await cancel(task)
    await provider.gone()


async def test_cancelled_read_cuts_the_connection(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(PART))
    answer = await lane.open(provider.post(), patient)
    await answer.read()
    task: asyncio.Task[object] = asyncio.create_task(answer.read())
    await asyncio.sleep(0)
    await cancel(task)
    await provider.gone()


async def test_cancelled_upload_cuts_the_connection(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        asked.set()
        await cancelled.wait()
        await peer.until_closed()

    provider = await serve(script)
    task: asyncio.Task[object] = asyncio.create_task(lane.open(provider.post(b"x" * (32 << 20)), patient))
    await asked.wait()
    await cancel(task)
    cancelled.set()
    await provider.gone()


async def test_cancelled_handshake_cuts_the_connection(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    greeted = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        greeted.set()
        await peer.until_closed()

    provider = await serve(script)
    request = Outgoing(b"GET", provider.url.replace("http:", "https:"), [], allow_private=True)
    task: asyncio.Task[object] = asyncio.create_task(lane.open(request, patient))
    await greeted.wait()
    await cancel(task)
    await provider.gone()


@pytest.mark.parametrize("turns", range(8))
async def test_cancelled_at_any_turn_of_the_loop(
    lane: Lane, serve: Serve, patient: Timeouts, turns: int
) -> None:
    provider = await serve(then_wait(PART))
    task: asyncio.Task[object] = asyncio.create_task(lane.open(provider.post(), patient))
    for _ in range(turns):
        await asyncio.sleep(0.0002)
    task.cancel()
    with suppress(asyncio.CancelledError):
        (await task).close()  # type: ignore[attr-defined]
    for peer in provider.peers:
        await peer.gone()


async def test_close_from_elsewhere_wakes_the_reader(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(PART))
    answer = await lane.open(provider.post(), patient)
    await answer.read()
    task = asyncio.create_task(answer.read())
    await asyncio.sleep(0)
    answer.close()
    with pytest.raises(UpstreamError) as caught:
        await task
    assert caught.value.kind == "early_eof"
    await provider.gone()


async def test_aclose_cuts_what_is_open(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(PART))
    answer = await lane.open(provider.post(), patient)
    await lane.aclose()
    await provider.gone()
    with pytest.raises(UpstreamError):
        await answer.read_all(100)


async def test_nothing_opens_after_aclose(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    await lane.aclose()
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(), patient)
    assert (caught.value.kind, caught.value.sent, provider.peers) == ("connect", False, [])


async def test_slow_reader_holds_the_provider_back(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    piece = chunked(b"x" * 65536).split(b"\r\n\r\n", 1)[1].removesuffix(b"0\r\n\r\n")
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(1024):  # 64 MB
            await peer.say(piece)
            sent += 1
        await peer.say(b"0\r\n\r\n")

    provider = await serve(script)
    answer = await lane.open(provider.post(), patient)
    before = -1
    while sent > before:  # until the provider is stuck
        before = sent
        await asyncio.sleep(0.1)
    assert sent < 400  # what both kernels' buffers hold, and our own little
    assert len(await answer.read_all(1 << 30)) == 1024 * 65536
    answer.close()
