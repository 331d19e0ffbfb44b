"""Which addresses are dialled, in which order, and what is checked before."""

import asyncio
import socket
from collections.abc import Callable, Sequence

import pytest

from proxyapp.upstream import FastLane, Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.resolve import AddressInfo, Resolver

from .authority import Authority
from .conftest import Serve
from .wire import Peer, Provider, always, ok

Make = Callable[..., FastLane]


class Names:
    """A resolver's answers, and how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[AddressInfo]:
        self.asked.append(host)
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in self.addresses
        ]


def to(provider: Provider, name: str = "provider.test", *, allow_private: bool = True) -> Outgoing:
    scheme = "https" if provider.tls else "http"
    return Outgoing(b"GET", f"{scheme}://{name}:{provider.port}/", [], b"", allow_private)


async def test_it_works(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    names = Names("127.0.0.1")
    lane, provider = make_fast(resolver=Resolver(names)), await serve(always(ok()))
    (await lane.open(to(provider), patient)).close()
    assert names.asked == ["provider.test"]  # and only once: what was checked is what was dialled
    assert provider.requests[0].values(b"host") == [f"provider.test:{provider.port}".encode()]


async def test_next_address_is_tried(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(resolver=Resolver(Names("127.0.0.2", "127.0.0.1"))), await serve(always(ok()))
    (await lane.open(to(provider), patient)).close()
    assert len(provider.requests) == 1


async def test_silent_address_gets_only_its_share(
    make_fast: Make, serve: Serve, authority: Authority
) -> None:
    lane = make_fast(resolver=Resolver(Names("127.0.0.2", "127.0.0.1")))
    provider = await serve(always(ok()), authority.serve("provider.test"))
    await serve(Peer.until_closed, None, "127.0.0.2", provider.port)  # accepts, and says nothing
    (await lane.open(to(provider), Timeouts(connect=1.0))).close()
    assert len(provider.requests) == 1


async def test_one_private_address_taints_the_name(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_fast(resolver=Resolver(Names("8.8.8.8", "127.0.0.1"))), await serve(always(ok()))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(to(provider, allow_private=False), patient)
    assert (caught.value.kind, provider.peers) == ("address_forbidden", [])


async def test_remembered_addresses_are_checked_too(make_fast: Make, serve: Serve, patient: Timeouts) -> None:
    names = Names("127.0.0.1")
    lane, provider = make_fast(resolver=Resolver(names)), await serve(always(ok()))
    (await lane.open(to(provider), patient)).close()
    with pytest.raises(UpstreamError) as caught:
        await lane.open(to(provider, allow_private=False), patient)
    assert (caught.value.kind, names.asked) == ("address_forbidden", ["provider.test"])


async def test_certificate_is_checked_for_the_name(
    make_fast: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    lane = make_fast(resolver=Resolver(Names("127.0.0.1")))
    provider = await serve(always(ok()), authority.serve("provider.test"))
    (await lane.open(to(provider, "Provider.test."), patient)).close()
    with pytest.raises(UpstreamError) as caught:
        await lane.open(to(provider, "other.test"), patient)
    assert caught.value.kind == "tls"


async def test_slow_name_is_a_matter_of_connecting(make_fast: Make, serve: Serve) -> None:
    provider = await serve(always(ok()))

    async def never(host: str) -> Sequence[AddressInfo]:
        await asyncio.Event().wait()
        return []

    lane = make_fast(resolver=Resolver(never))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(to(provider), Timeouts(connect=0.05))
    assert (caught.value.kind, caught.value.sent) == ("timeout_connect", False)


async def test_total_bounds_connecting(make_fast: Make, serve: Serve) -> None:
    provider = await serve(Peer.until_closed)
    request = Outgoing(b"GET", provider.url.replace("http:", "https:"), [], allow_private=True)
    with pytest.raises(UpstreamError) as caught:
        await make_fast().open(request, Timeouts(total=0.05))
    assert caught.value.kind == "timeout_connect"


async def test_provider_that_speaks_first_is_not_used(
    make_fast: Make, serve: Serve, patient: Timeouts
) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(b"220 mail.test ESMTP\r\n")
        await peer.until_closed()

    provider = await serve(script)
    with pytest.raises(UpstreamError) as caught:
        await make_fast().open(provider.get(), patient)
    assert caught.value.kind in ("connect", "protocol")
