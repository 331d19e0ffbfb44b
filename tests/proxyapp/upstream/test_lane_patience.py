"""Timeouts: which one, and when it does not run."""

import asyncio

import pytest

from proxyapp.upstream import Kind, Lane, Outgoing, Timeouts, UpstreamError

from .conftest import Serve
from .wire import Peer, always, chunked, ok, then_wait

PART = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"


async def whole(lane: Lane, request: Outgoing, timeouts: Timeouts) -> bytes:
    answer = await lane.open(request, timeouts)
    try:
        return await answer.read_all(1 << 30)
    finally:
        answer.close()


async def failure(lane: Lane, request: Outgoing, timeouts: Timeouts) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await whole(lane, request, timeouts)
    return caught.value


def drip(head: bytes, drop: bytes) -> object:
    """Send `head`, then `drop` every 50 ms until the client goes."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(head)
        while not peer.writer.is_closing():
            await asyncio.sleep(0.05)
            await peer.say(drop)

    return script


async def test_it_works(lane: Lane, serve: Serve) -> None:
    provider = await serve(always(ok(b"in time")))
    answer = await lane.open(provider.post(), Timeouts(connect=5, first_byte=5, idle=5, total=5))
    assert await answer.read_all(10) == b"in time"
    answer.close()


@pytest.mark.parametrize(
    ("text", "timeouts", "kind"),
    [
        (b"", Timeouts(first_byte=0.1), "timeout_first_byte"),
        (b"HTTP/1.1 200 OK\r\n", Timeouts(first_byte=0.1), "timeout_first_byte"),
        (b"", Timeouts(total=0.1), "timeout_total"),
        (PART, Timeouts(idle=0.1), "timeout_idle"),
        (PART, Timeouts(total=0.1), "timeout_total"),
    ],
)
async def test_silence_ends_in_its_kind(
    lane: Lane, serve: Serve, text: bytes, timeouts: Timeouts, kind: Kind
) -> None:
    provider = await serve(then_wait(text))
    error = await failure(lane, provider.post(), timeouts)
    assert (error.kind, error.sent) == (kind, True)
    await provider.gone()


async def test_silent_handshake_is_a_matter_of_connecting(lane: Lane, serve: Serve) -> None:
    provider = await serve(Peer.until_closed)
    url = provider.url.replace("http:", "https:")
    error = await failure(lane, Outgoing(b"GET", url, [], allow_private=True), Timeouts(connect=0.5))
    assert (error.kind, error.sent) == ("timeout_connect", False)
    await provider.gone()


async def test_what_came_before_the_silence_is_read_first(lane: Lane, serve: Serve) -> None:
    provider = await serve(then_wait(PART))
    answer = await lane.open(provider.post(), Timeouts(idle=0.1))
    await provider.gone()
    assert await answer.read() == b"half"
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert caught.value.kind == "timeout_idle"


async def test_dripping_head_does_not_buy_time(lane: Lane, serve: Serve) -> None:
    provider = await serve(drip(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"))
    error = await failure(lane, provider.post(), Timeouts(first_byte=0.3))
    assert error.kind == "timeout_first_byte"


async def test_dripping_body_is_not_idle(lane: Lane, serve: Serve) -> None:
    provider = await serve(drip(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"))
    error = await failure(lane, provider.post(), Timeouts(idle=0.6, total=1.3))
    assert error.kind == "timeout_total"


async def test_reader_that_lags_is_not_the_providers_silence(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    text = chunked(*[b"x" * 65536] * 320)  # 20 MB: more than the kernel holds
    provider = await serve(always(text))
    answer = await lane.open(provider.post(), Timeouts(idle=0.5))
    await asyncio.sleep(1.2)
    assert len(await answer.read_all(1 << 30)) == 65536 * 320
    answer.close()


async def test_idle_runs_again_after_the_lag(lane: Lane, serve: Serve) -> None:
    provider = await serve(
        then_wait(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n" + b"x" * 1_000_000)
    )
    answer = await lane.open(provider.post(), Timeouts(idle=0.2))
    await asyncio.sleep(0.4)
    with pytest.raises(UpstreamError) as caught:
        await answer.read_all(1 << 30)
    assert caught.value.kind == "timeout_idle"


async def test_provider_that_takes_no_body(lane: Lane, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await asyncio.Event().wait()

    provider = await serve(script)
    error = await failure(lane, provider.post(b"x" * (32 << 20)), Timeouts(first_byte=0.2))
    assert (error.kind, error.sent) == ("timeout_first_byte", True)


async def test_slow_upload_is_progress(lane: Lane, serve: Serve) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        for _ in range(20):
            await peer.reader.readexactly(1 << 20)
            await asyncio.sleep(0.06)
        await peer.reader.readexactly(12 << 20)
        await peer.say(ok(b"at last"))

    provider = await serve(script)
    answer = await lane.open(provider.post(b"x" * (32 << 20)), Timeouts(first_byte=0.8))
    assert await answer.read_all(10) == b"at last"
    answer.close()
