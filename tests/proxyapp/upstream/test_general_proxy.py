"""Calls by way of an operator's HTTP or SOCKS proxy."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from proxyapp.upstream import Outgoing, Timeouts
from proxyapp.upstream.general import GeneralLane

from .authority import Authority
from .calls import failure, whole
from .conftest import Serve
from .h2_provider import H2Provider, echo
from .proxies import HttpProxy, SocksProxy
from .wire import Peer, Provider, always, ok, until

Make = Callable[..., GeneralLane]


def to(provider: Provider, name: str = "provider.test", path: str = "/") -> Outgoing:
    """By a name that only the proxy knows, without leave to call addresses of our own network."""
    scheme = "https" if provider.tls else "http"
    return Outgoing(b"POST", f"{scheme}://{name}:{provider.port}{path}", [(b"x-api-key", b"k")], b"body")


def by(proxy: Provider, scheme: str = "http", login: str = "") -> str:
    return f"{scheme}://{login}127.0.0.1:{proxy.port}"


async def test_it_works(make_general: Make, serve: Serve, authority: Authority, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"secret")), authority.serve("provider.test"))
    script = HttpProxy(provider.port)
    proxy = await serve(script)
    lane = make_general(proxy=by(proxy))
    for _ in range(2):
        assert await whole(lane, to(provider, path="/a%7e?b"), patient) == b"secret"
    assert [line for line, _ in script.asked] == [b"CONNECT provider.test:%d HTTP/1.1" % provider.port]
    assert script.values(b"x-api-key") == []
    assert provider.requests[0].line == b"POST /a%7e?b HTTP/1.1"
    assert len(provider.peers) == 1


async def test_plain_request_is_the_proxys_to_pass_on(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok(b"plain")))
    script = HttpProxy(provider.port)
    proxy = await serve(script)
    request = to(provider, path="/a%7e/../b?c")
    assert await whole(make_general(proxy=by(proxy)), request, patient) == b"plain"
    assert script.asked[0][0] == f"POST {request.url} HTTP/1.1".encode()
    assert provider.requests[0].values(b"host") == [f"provider.test:{provider.port}".encode()]


async def test_http2_in_a_tunnel(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    async with H2Provider(echo, authority.serve("localhost")) as provider:
        proxy = await serve(HttpProxy(provider.port))
        lane = make_general(proxy=by(proxy))
        for body in (b"one", b"two"):
            assert await whole(lane, provider.post(body), patient) == body
        assert len(provider.links) == 1
        await lane.aclose()


async def test_proxy_is_told_its_login_alone(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    provider = await serve(always(ok()), authority.serve("provider.test"))
    script = HttpProxy(provider.port)
    proxy = await serve(script)
    request = to(provider)
    request.headers.append((b"Proxy-Authorization", b"stolen"))
    await whole(make_general(proxy=by(proxy, login="us%3Aer:pass@")), request, patient)
    assert script.values(b"proxy-authorization") == [b"Basic dXM6ZXI6cGFzcw=="]
    assert provider.requests[0].values(b"proxy-authorization") == []


async def test_plain_request_tells_the_proxy_its_login(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok()))
    script = HttpProxy(provider.port)
    proxy = await serve(script)
    await whole(make_general(proxy=by(proxy, login="user:pass@")), to(provider), patient)
    assert script.values(b"proxy-authorization") == [b"Basic dXNlcjpwYXNz"]
    assert provider.requests[0].values(b"proxy-authorization") == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
async def test_proxy_that_opens_no_tunnel(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts, answer: bytes
) -> None:
    provider = await serve(always(ok()), authority.serve("provider.test"))
    proxy = await serve(HttpProxy(provider.port, answer=answer))
    lane = make_general(proxy=by(proxy))
    assert await failure(lane, to(provider), patient) == ("connect", False)
    await proxy.gone()
    assert provider.peers == []


async def test_proxy_that_says_more_than_its_answer_is_not_believed(
    make_general: Make, serve: Serve, authority: Authority
) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\n" + ok(b"forged"))
        await peer.until_closed()

    provider = await serve(always(ok()), authority.serve("provider.test"))
    proxy = await serve(script)
    lane = make_general(proxy=by(proxy))
    assert await failure(lane, to(provider), Timeouts(connect=0.5)) == ("timeout_connect", False)
    await proxy.gone()


async def test_provider_is_checked_through_the_tunnel(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    provider = await serve(always(ok()), authority.serve("other.test"))
    proxy = await serve(HttpProxy(provider.port))
    assert await failure(make_general(proxy=by(proxy)), to(provider), patient) == ("tls", False)
    await proxy.gone()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_nobody_listens_there(make_general: Make, serve: Serve, patient: Timeouts, scheme: str) -> None:
    provider = await serve(always(ok()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, not listening
        lane = make_general(proxy=f"{scheme}://127.0.0.1:{free.getsockname()[1]}")
        assert await failure(lane, to(provider), patient) == ("connect", False)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_silent_proxy_is_a_matter_of_connecting(
    make_general: Make, serve: Serve, authority: Authority, scheme: str
) -> None:
    provider = await serve(always(ok()), authority.serve("provider.test"))
    proxy = await serve(Peer.until_closed)
    lane = make_general(proxy=by(proxy, scheme))
    assert await failure(lane, to(provider), Timeouts(connect=0.5)) == ("timeout_connect", False)
    await proxy.gone()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_cancelled_while_the_proxy_connects(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts, scheme: str
) -> None:
    provider = await serve(always(ok()), authority.serve("provider.test"))
    proxy = await serve(Peer.until_closed)
    lane = make_general(proxy=by(proxy, scheme), http2=False)
    tasks = [asyncio.create_task(lane.open(to(provider), patient)) for _ in range(2)]
    await until(lambda: len(proxy.peers) == 2)
    for task, peer in zip(tasks, proxy.peers, strict=True):  # the first while the second still connects
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await peer.gone()


@pytest.mark.parametrize("secure", [False, True])
async def test_socks_proxy_is_given_the_name(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts, secure: bool
) -> None:
    tls = authority.serve("provider.test") if secure else None
    provider = await serve(always(ok(b"secret")), tls)
    script = SocksProxy(provider.port)
    proxy = await serve(script)
    lane = make_general(proxy=by(proxy, "socks5"))
    for _ in range(2):
        assert await whole(lane, to(provider), patient) == b"secret"
    assert script.asked == [(b"provider.test", provider.port)]


async def test_http2_by_way_of_socks(
    make_general: Make, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    async with H2Provider(echo, authority.serve("localhost")) as provider:
        proxy = await serve(SocksProxy(provider.port))
        lane = make_general(proxy=by(proxy, "socks5"))
        for body in (b"one", b"two"):
            assert await whole(lane, provider.post(body), patient) == body
        assert len(provider.links) == 1
        await lane.aclose()


async def test_socks_proxy_wants_a_login(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x")))
    proxy = await serve(SocksProxy(provider.port, login=(b"user", b"pass")))
    assert await whole(make_general(proxy=by(proxy, "socks5", "user:pass@")), to(provider), patient) == b"x"
    for login in ("user:wrong@", ""):
        lane = make_general(proxy=by(proxy, "socks5", login))
        assert await failure(lane, to(provider), patient) == ("connect", False)


async def test_socks_proxy_that_refuses(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    proxy = await serve(SocksProxy(provider.port, reply=2))
    lane = make_general(proxy=by(proxy, "socks5"))
    assert await failure(lane, to(provider), patient) == ("connect", False)
    await proxy.gone()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\5"])
async def test_socks_proxy_that_is_none(
    make_general: Make, serve: Serve, patient: Timeouts, answer: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.say(answer)

    provider = await serve(always(ok()))
    proxy = await serve(script)
    lane = make_general(proxy=by(proxy, "socks5"))
    assert await failure(lane, to(provider), patient) == ("connect", False)
    await proxy.gone()


async def test_environment_is_not_heeded(
    make_general: Make, serve: Serve, patient: Timeouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    provider = await serve(always(ok(b"direct")))
    assert await whole(make_general(), provider.post(), patient) == b"direct"


@pytest.mark.parametrize("url", ["ftp://host", "https://host:1", "http://", "host:1"])
async def test_proxies_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        GeneralLane(proxy=url)
