"""The socket below httpx: what lies on it unasked, and who does not take what is sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import httpcore
import pytest

from proxyapp.upstream import UpstreamError
from proxyapp.upstream.duplex import CORK, PUSHED, UNREAD, Duplex
from proxyapp.upstream.progress import CURRENT, Progress

from .conftest import Serve
from .wire import Peer, Provider, ok, until

Connect = Callable[[Provider], Awaitable[Duplex]]


@pytest.fixture
async def connect(trust: ssl.SSLContext) -> AsyncIterator[Connect]:
    """A socket to a provider, used by a call that may send."""
    made: list[Duplex] = []

    async def start(provider: Provider) -> Duplex:
        loop = asyncio.get_running_loop()
        progress = Progress(b"GET", loop.time() + 10)
        CURRENT.set(progress)
        progress.begin()
        _, duplex = await loop.create_connection(
            lambda: Duplex(trust, made.remove), "127.0.0.1", provider.port
        )
        made.append(duplex)
        return duplex

    yield start
    for duplex in list(made):
        duplex.abort()
    await asyncio.sleep(0)


async def speak_first(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    await peer.until_closed()


async def test_it_works(serve: Serve, connect: Connect) -> None:
    async def script(peer: Peer) -> None:
        text.append(await peer.reader.read(100))
        await peer.say(ok())
        await peer.until_closed()

    text: list[bytes] = []
    duplex = await connect(await serve(script))
    await duplex.write(b"te")
    await duplex.write(b"xt")
    assert await duplex.read(3) + await duplex.read(1000) == ok()
    assert (text, duplex.carried, duplex.received, duplex.is_clean()) == ([b"text"], 1, len(ok()), True)


async def test_answer_before_its_request_is_none(serve: Serve, connect: Connect) -> None:
    provider = await serve(speak_first)
    duplex = await connect(provider)
    await until(lambda: duplex.get_extra_info("is_readable"))
    with pytest.raises(httpcore.WriteError):
        await duplex.write(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(httpcore.ReadError):
        await duplex.read(100)
    await provider.gone()


async def test_words_before_the_handshake_are_not_kept(
    serve: Serve, connect: Connect, trust: ssl.SSLContext
) -> None:
    provider = await serve(speak_first)
    duplex = await connect(provider)
    await until(lambda: duplex.get_extra_info("is_readable"))
    with pytest.raises(UpstreamError) as caught:
        await duplex.start_tls(trust, "localhost")
    assert (caught.value.kind, caught.value.sent) == ("connect", False)
    await provider.gone()


async def test_bytes_nobody_reads_are_held_back(serve: Serve, connect: Connect) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"x" * (32 << 20))
        told.set()
        await peer.until_closed()

    told = asyncio.Event()
    duplex = await connect(await serve(script))
    await until(lambda: duplex.received > UNREAD)
    assert not told.is_set()
    received = 0
    while received < 32 << 20:
        received += len(await duplex.read(1 << 20))
    assert duplex.received == received == 32 << 20


async def test_provider_that_takes_nothing_is_left(serve: Serve, connect: Connect) -> None:
    async def script(peer: Peer) -> None:
        await asyncio.Event().wait()

    provider = await serve(script)
    duplex = await connect(provider)
    pushed = 0
    while not duplex.ended:
        duplex.push(b"x" * CORK)
        pushed += CORK
        await asyncio.sleep(0)
        assert pushed < PUSHED + (64 << 20)  # the kernels take their share
