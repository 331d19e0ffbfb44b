"""TLS: who is believed, and what is offered."""

import asyncio
import ssl
from collections.abc import Callable

import pytest

from proxyapp.upstream import FastLane, Lane, Outgoing, Timeouts, UpstreamError

from .authority import Authority
from .conftest import Serve
from .wire import Provider, always, ok

Make = Callable[..., Lane]


def named(provider: Provider, name: str = "localhost") -> Outgoing:
    return Outgoing(b"GET", f"https://{name}:{provider.port}/", [], allow_private=True)


async def refusal(lane: Lane, request: Outgoing, patient: Timeouts) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await lane.open(request, patient)
    return caught.value


async def test_it_works(lane: Lane, serve: Serve, authority: Authority, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"secret")), authority.serve("localhost"))
    for _ in range(2):
        answer = await lane.open(named(provider), patient)
        assert await answer.read_all(10) == b"secret"
        answer.close()
    assert len(provider.peers) == 1


async def test_name_is_sent(lane: Lane, serve: Serve, authority: Authority, patient: Timeouts) -> None:
    context = authority.serve("localhost")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    provider = await serve(always(ok()), context)
    (await lane.open(named(provider), patient)).close()
    assert names == ["localhost"]


async def test_http_1_is_all_that_is_offered_unless_asked_for_more(
    make_fast: Make, make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    context = authority.serve("localhost")
    context.set_alpn_protocols(["h2", "http/1.1"])
    provider = await serve(always(ok()), context)
    for lane in (make_fast(), make_general(http2=False)):
        (await lane.open(named(provider), patient)).close()
    spoken = [peer.writer.get_extra_info("ssl_object").selected_alpn_protocol() for peer in provider.peers]
    assert spoken == ["http/1.1", "http/1.1"]


async def test_host_header_keeps_the_name(
    lane: Lane, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    provider = await serve(always(ok()), authority.serve("localhost"))
    (await lane.open(named(provider), patient)).close()
    assert provider.requests[0].values(b"host") == [f"localhost:{provider.port}".encode()]


async def test_certificate_for_another_name(
    lane: Lane, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    provider = await serve(always(ok()), authority.serve("other.test"))
    error = await refusal(lane, named(provider), patient)
    assert (error.kind, error.sent) == ("tls", False)


async def test_certificate_for_a_name_does_not_do_for_an_address(
    lane: Lane, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    provider = await serve(always(ok()), authority.serve("localhost"))
    assert (await refusal(lane, named(provider, "127.0.0.1"), patient)).kind == "tls"


async def test_expired_certificate(lane: Lane, serve: Serve, authority: Authority, patient: Timeouts) -> None:
    provider = await serve(always(ok()), authority.serve("localhost", expired=True))
    assert (await refusal(lane, named(provider), patient)).kind == "tls"


async def test_plain_text_is_no_handshake(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(lambda peer: peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert (await refusal(lane, named(provider), patient)).kind == "tls"


async def test_large_body_both_ways(
    lane: Lane, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    body = b"0123456789abcdef" * (1 << 19)  # 8 MB
    provider = await serve(always(ok(body)), authority.serve("localhost"))
    request = Outgoing(b"POST", f"https://localhost:{provider.port}/", [], body, allow_private=True)
    answer = await lane.open(request, patient)
    assert await answer.read_all(len(body)) == body
    answer.close()
    assert provider.requests[0].body == body


async def test_authority_unknown_to_the_system(serve: Serve, authority: Authority, patient: Timeouts) -> None:
    provider = await serve(always(ok()), authority.serve("localhost"))
    lane = FastLane()
    assert (await refusal(lane, named(provider), patient)).kind == "tls"
    await lane.aclose()


async def test_connection_cut_within_tls(
    lane: Lane, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    asked = asyncio.Event()

    async def script(peer: object) -> None:
        asked.set()

    provider = await serve(script, authority.serve("localhost"))
    error = await refusal(lane, named(provider), patient)
    assert (error.kind, asked.is_set()) == ("early_eof", True)
    assert isinstance(provider.tls, ssl.SSLContext)
