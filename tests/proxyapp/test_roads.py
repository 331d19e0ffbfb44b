"""Providers behind proxies, over HTTP/2 and under a private authority: whole calls, booked like any other."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import Provider
from portal.keys.services import Issued
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import CATALOGUE
from tests.proxyapp.upstream.authority import Authority
from tests.proxyapp.upstream.h2_provider import H2Provider, Stream
from tests.proxyapp.upstream.proxies import HttpProxy, SocksProxy, relay
from tests.proxyapp.upstream.wire import Peer
from tests.proxyapp.upstream.wire import Provider as Server
from tests.support import background, bills, cast, provider, wire
from tests.support.background import Background
from tests.support.stack import Stack
from tests.support.waiting import eventually

USER, PASSWORD = "tollgate", f"pa55-{token_hex(8)}"
BASIC = b"Basic " + b64encode(f"{USER}:{PASSWORD}".encode())
ELSEWHERE = "http://provider.invalid"  # a name that nobody resolves: only a proxy gets there


@dataclass
class World:
    """The stack's sandbox, and what stands between it and the gateway."""

    background: Background
    authority: Authority
    port: int = field(default_factory=lambda: urlsplit(_sandbox_url()).port or 0)

    def http_proxy(self, port: int = 0) -> tuple[str, HttpProxy]:
        """Address and script of a proxy that wants the password; it leads to the sandbox, or to `port`."""
        script = HttpProxy(port or self.port, login=BASIC)
        return self._at("http", script), script

    def socks_proxy(self) -> tuple[str, SocksProxy]:
        script = SocksProxy(self.port, login=(USER.encode(), PASSWORD.encode()))
        return self._at("socks5", script), script

    def tls(self) -> str:
        """The sandbox behind TLS under the private authority."""

        async def pass_on(peer: Peer) -> None:
            await relay(peer, self.port)

        server = self.background.enter(Server(pass_on, self.authority.serve("localhost")))
        return f"https://localhost:{server.port}"

    def http2(self) -> H2Provider:
        """The sandbox over HTTP/2 alone, under the private authority."""
        script = partial(_ask, f"http://127.0.0.1:{self.port}")
        return self.background.enter(H2Provider(script, self.authority.serve("localhost")))

    def _at(self, scheme: str, script: HttpProxy | SocksProxy) -> str:
        server = self.background.enter(Server(script))
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{server.port}"


@pytest.fixture
def world(stack: Stack, tmp_path: Path) -> Iterator[World]:
    with background.running() as loop:
        yield World(loop, Authority(tmp_path))


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def reached(url: str, *, proxy: str = "", allow_private: bool = False, **road: Any) -> Provider:
    made = provider.provider_at(url, allow_private=allow_private)
    services.set_proxy(provider=made, url=proxy, actor=None)
    services.change_provider(provider=made, actor=None, **road)
    return made


def assert_served(stack: Stack, issued: Issued, made: Provider, *, stream: bool) -> None:
    """One call to this provider alone, whole, counted and booked to the nano-dollar."""
    model, tag = provider.offer_over(made, protocol="anthropic"), wire.fresh_tag()
    answer = wire.post(stack, issued.secret, "anthropic", model, stream=stream, tag=tag)
    assert (answer.status_code, "x-gateway-attempts" in answer.headers) == (200, False), answer.text
    assert ("message_stop" in answer.text) == stream
    event = bills.assert_exact(issued.key, "anthropic", model, tag)
    assert event.provider_id == made.pk


@pytest.mark.parametrize("stream", [False, True])
def test_it_works(stack: Stack, issued: Issued, world: World, stream: bool) -> None:
    """An HTTP proxy with a password."""
    proxy, script = world.http_proxy()
    assert_served(stack, issued, reached(ELSEWHERE, proxy=proxy), stream=stream)
    assert [line.split()[1].startswith(ELSEWHERE.encode()) for line, _ in script.asked] == [True]


@pytest.mark.parametrize("stream", [False, True])
def test_behind_a_socks_proxy(stack: Stack, issued: Issued, world: World, stream: bool) -> None:
    proxy, script = world.socks_proxy()
    assert_served(stack, issued, reached(ELSEWHERE, proxy=proxy), stream=stream)
    assert script.asked == [(b"provider.invalid", 80)]


@pytest.mark.parametrize("stream", [False, True])
def test_over_http2_under_a_private_authority(
    stack: Stack, issued: Issued, world: World, stream: bool
) -> None:
    server = world.http2()
    url, authority = f"https://localhost:{server.port}", world.authority.pem
    made = reached(url, allow_private=True, http2=True, ca_bundle=authority)
    assert_served(stack, issued, made, stream=stream)
    assert len(server.streams) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_http2_in_a_tunnel(stack: Stack, issued: Issued, world: World, stream: bool) -> None:
    server = world.http2()
    proxy, script = world.http_proxy(server.port)
    made = reached("https://localhost", proxy=proxy, http2=True, ca_bundle=world.authority.pem)
    assert_served(stack, issued, made, stream=stream)
    assert [line for line, _ in script.asked] == [b"CONNECT localhost:443 HTTP/1.1"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_private_authority_alone(stack: Stack, issued: Issued, world: World, stream: bool) -> None:
    made = reached(world.tls(), allow_private=True, ca_bundle=world.authority.pem)
    assert_served(stack, issued, made, stream=stream)


def test_another_authority_is_not_believed(
    stack: Stack, issued: Issued, world: World, tmp_path: Path
) -> None:
    made = reached(world.tls(), allow_private=True, ca_bundle=Authority(tmp_path).pem)
    model = provider.offer_over(made, protocol="anthropic")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 502
    assert {attempt["error"] for attempt in bills.of(issued.key).attempts} == {"tls"}


def test_without_its_proxy_such_a_provider_is_guarded(stack: Stack, issued: Issued, world: World) -> None:
    made = reached(f"http://127.0.0.1:{world.port}", http2=True)
    model = provider.offer_over(made, protocol="anthropic")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 502
    assert bills.of(issued.key).attempts[0]["error"] == "address_forbidden"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_down_is_passed_over(stack: Stack, issued: Issued, scheme: str) -> None:
    dead = reached(ELSEWHERE, proxy=_nowhere(scheme))
    model = provider.offer_over(dead, provider.sandbox(), protocol="anthropic")
    answer = wire.post(stack, issued.secret, "anthropic", model)
    assert (answer.status_code, answer.headers["x-gateway-attempts"]) == (200, "2")
    assert [attempt.get("error", "") for attempt in bills.of(issued.key).attempts] == ["connect", ""]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_proxy_that_is_down_is_not_told_to_the_client(
    stack: Stack, issued: Issued, scheme: str, stream: bool
) -> None:
    proxy = _nowhere(scheme)
    model = provider.offer_over(reached(ELSEWHERE, proxy=proxy), protocol="anthropic")
    answer = wire.post(stack, issued.secret, "anthropic", model, stream=stream)
    assert answer.status_code == 502
    assert "could not answer" in answer.json()["error"]["message"]
    told = f"{answer.text} {answer.headers}".replace(stack.base_url, "")  # which docs_url begins with
    secrets = [PASSWORD, USER, "127.0.0.1", str(urlsplit(proxy).port), "provider.invalid", "proxy"]
    assert not [word for word in secrets if word in told]


def test_a_wrong_password_is_passed_over_and_not_told(stack: Stack, issued: Issued, world: World) -> None:
    proxy, script = world.http_proxy(world.http2().port)
    wrong = reached("https://localhost", proxy=proxy.replace(PASSWORD, "wrong"))
    model = provider.offer_over(wrong, provider.sandbox(), protocol="anthropic")
    answer = wire.post(stack, issued.secret, "anthropic", model)
    assert (answer.status_code, len(script.asked)) == (200, 1)
    assert bills.of(issued.key).attempts[0]["error"] == "connect"


def test_another_proxy_is_taken_without_a_restart(stack: Stack, issued: Issued, world: World) -> None:
    (first, before), (second, after) = world.http_proxy(), world.http_proxy()
    made = reached(ELSEWHERE, proxy=first)
    model = provider.offer_over(made, protocol="anthropic")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    services.set_proxy(provider=made, url=second, actor=None)
    eventually(lambda: wire.post(stack, issued.secret, "anthropic", model) and after.asked)
    calls = len(before.asked)
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    assert len(before.asked) == calls


def test_a_stream_goes_on_by_the_proxy_it_began_with(stack: Stack, issued: Issued, world: World) -> None:
    proxy, _ = world.http_proxy()
    made = reached(ELSEWHERE, proxy=proxy)
    model = provider.offer_over(made, protocol="anthropic", script="~chunks-20~pace-100")
    with wire.streaming(stack, issued.secret, "anthropic", model) as answer:
        lines = answer.iter_lines()
        next(lines)
        services.set_proxy(provider=made, url="", actor=None)
        other = provider.offer_over(provider.sandbox(), protocol="anthropic")
        assert wire.post(stack, issued.secret, "anthropic", other).status_code == 200
        assert any("message_stop" in line for line in lines)


def test_the_password_lies_nowhere_in_clear(stack: Stack, issued: Issued, world: World) -> None:
    """Neither in what is published, nor in any file of the stack: databases, their logs, ours."""
    proxy, _ = world.http_proxy()
    assert_served(stack, issued, reached(ELSEWHERE, proxy=proxy), stream=False)
    published = client().get(CATALOGUE)
    assert isinstance(published, bytes)
    assert (b"provider.invalid" in published, PASSWORD.encode() in published) == (True, False)
    contents = {path: _content(path) for path in _files(stack.data)}
    assert [path for path, content in contents.items() if b"provider.invalid" in content]
    assert not [
        path for path, content in contents.items() if PASSWORD.encode() in content or BASIC in content
    ]


def _sandbox_url() -> str:
    return provider.sandbox().endpoints.get(protocol="anthropic").base_url


def _nowhere(scheme: str) -> str:
    """A proxy that is down."""
    return f"{scheme}://{USER}:{PASSWORD}@{urlsplit(provider.nobody()).netloc}"


async def _ask(sandbox_url: str, stream: Stream) -> None:
    """Pass a stream's request on by HTTP/1.1, and the answer back piece by piece."""
    await stream.ended.wait()
    kept = [each for each in stream.fields if each[0][:1] != b":" and each[0] != b"content-length"]
    path = stream.values(b":path")[0].decode()
    async with httpx.AsyncClient(base_url=sandbox_url) as sandbox:
        request = sandbox.stream("POST", path, headers=kept, content=stream.body)
        async with request as answer:
            stream.head(answer.status_code, (b"content-type", answer.headers["content-type"].encode()))
            async for piece in answer.aiter_raw():
                await stream.say(piece)
    stream.finish()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _content(path: Path) -> bytes:
    with suppress(OSError):  # it has just been removed
        return path.read_bytes()
    return b""
