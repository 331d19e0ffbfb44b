"""Which addresses are dialled, what is checked before, and who is believed."""

import asyncio
import socket
import ssl
from collections.abc import Callable

import pytest

from proxyapp.upstream import Answer, Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.general import GeneralLane
from proxyapp.upstream.resolve import Resolver

from .authority import Authority
from .conftest import Serve
from .test_fast_dial import Names, to
from .wire import always, ok

Make = Callable[..., GeneralLane]


async def refusal(lane: GeneralLane, request: Outgoing, patient: Timeouts) -> str:
    with pytest.raises(UpstreamError) as caught:
        await lane.open(request, patient)
    assert not caught.value.sent
    return caught.value.kind


async def test_it_works(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    names = Names("127.0.0.1")
    lane, provider = make_general(resolver=Resolver(names)), await serve(always(ok()))
    (await lane.open(to(provider), patient)).close()
    assert names.asked == ["provider.test"]  # and only once: what was checked is what was dialled
    assert provider.requests[0].values(b"host") == [f"provider.test:{provider.port}".encode()]


async def test_next_address_is_tried(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = (
        make_general(resolver=Resolver(Names("127.0.0.2", "127.0.0.1"))),
        await serve(always(ok())),
    )
    (await lane.open(to(provider), patient)).close()
    assert len(provider.requests) == 1


async def test_one_private_address_taints_the_name(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    lane, provider = make_general(resolver=Resolver(Names("8.8.8.8", "127.0.0.1"))), await serve(always(ok()))
    assert await refusal(lane, to(provider, allow_private=False), patient) == "address_forbidden"
    assert provider.peers == []


async def test_certificate_is_checked_for_the_name(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    lane = make_general(resolver=Resolver(Names("127.0.0.1")))
    context = authority.serve("provider.test")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    provider = await serve(always(ok()), context)
    (await lane.open(to(provider), patient)).close()
    assert names == ["provider.test"]
    assert await refusal(lane, to(provider, "other.test"), patient) == "tls"


async def test_authority_unknown_to_the_system(serve: Serve, authority: Authority, patient: Timeouts) -> None:
    provider = await serve(always(ok()), authority.serve("provider.test"))
    lane = GeneralLane(resolver=Resolver(Names("127.0.0.1")))
    assert await refusal(lane, to(provider), patient) == "tls"
    await lane.aclose()


async def begin_answer(endpoint: socket.socket, context: ssl.SSLContext) -> asyncio.Transport:
    """Shake hands with a client that was accepted before, and answer without an end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_accepted_socket(
        lambda: asyncio.StreamReaderProtocol(reader), endpoint, ssl=context
    )
    await reader.readuntil(b"\r\n\r\n")
    transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
    return transport


async def test_calls_dial_side_by_side(make_general: Make, authority: Authority, patient: Timeouts) -> None:
    """Once it is known that the provider speaks HTTP/1.1; before, the hope for HTTP/2 has them wait."""
    loop, context, lane = asyncio.get_running_loop(), authority.serve("localhost"), make_general()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"https://localhost:{listening.getsockname()[1]}/"

        async def accept(count: int) -> list[asyncio.Transport]:
            accepted = [(await loop.sock_accept(listening))[0] for _ in range(count)]
            return [await begin_answer(endpoint, context) for endpoint in accepted]

        async def call(count: int) -> list[asyncio.Transport]:
            accepting = asyncio.create_task(accept(count))  # all of them before the first hand is shaken
            request = Outgoing(b"GET", url, [], b"", allow_private=True)
            held.extend(await asyncio.gather(*[lane.open(request, patient) for _ in range(count)]))
            return await accepting

        held: list[Answer] = []
        transports = await call(1) + await call(4)
    for answer in held:
        answer.close()
    for transport in transports:
        transport.abort()
