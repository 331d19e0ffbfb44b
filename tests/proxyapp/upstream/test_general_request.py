"""What httpx would do by itself, and does not."""

import gzip
import logging
from collections.abc import Callable

import pytest

from proxyapp.upstream import Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.general import GeneralLane
from proxyapp.upstream.heads import as_text

from .conftest import Serve
from .wire import Provider, always, ok

Make = Callable[..., GeneralLane]


async def call(lane: GeneralLane, request: Outgoing, patient: Timeouts) -> tuple[int, bytes]:
    answer = await lane.open(request, patient)
    try:
        return answer.status, await answer.read_all(1000)
    finally:
        answer.close()


async def test_it_works(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    await call(make_general(), provider.post(b"body", "/v1/x", (b"X-Api-Key", b" k ")), patient)
    host = f"127.0.0.1:{provider.port}".encode()
    assert provider.requests[0].fields == [(b"host", host), (b"X-Api-Key", b"k"), (b"content-length", b"4")]


async def test_request_without_a_body_has_the_host_alone(
    make_general: Make, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok()))
    await call(make_general(), provider.get(), patient)
    assert [name for name, _ in provider.requests[0].fields] == [b"host"]


async def test_empty_body_is_said_to_be_empty(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    await call(make_general(), provider.post(b""), patient)
    assert provider.requests[0].values(b"content-length") == [b"0"]


@pytest.mark.parametrize("path", ["/a/../b", "/a%7E%7e", "//x", "/a?b=c%20+d&&", '/a|b"{}', "/v1/m:go"])
async def test_address_is_not_reworded(
    make_general: Make, serve: Serve, patient: Timeouts, path: str
) -> None:
    provider = await serve(always(ok()))
    await call(make_general(), provider.post(b"", path), patient)
    assert provider.requests[0].line == f"POST {path} HTTP/1.1".encode()


async def test_redirect_is_an_answer(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
    provider = await serve(always(moved))
    assert await call(make_general(), provider.post(), patient) == (307, b"")
    assert len(provider.requests) == 1


async def test_cookies_are_not_kept(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve(always(ok(b"x", b"set-cookie: a=b; path=/")))
    for _ in range(2):
        await call(lane, provider.post(), patient)
    assert provider.requests[1].values(b"cookie") == []


async def test_body_is_not_unpacked(make_general: Make, serve: Serve, patient: Timeouts) -> None:
    packed = gzip.compress(b"text")
    provider = await serve(always(ok(packed, b"content-encoding: gzip")))
    assert await call(make_general(), provider.post(), patient) == (200, packed)


async def test_tunnel_is_not_for_callers(make_general: Make, patient: Timeouts) -> None:
    with pytest.raises(UpstreamError) as caught:
        await make_general().open(Outgoing(b"CONNECT", "http://127.0.0.1:1/", []), patient)
    assert (caught.value.kind, caught.value.sent) == ("protocol", False)


async def test_key_is_not_logged(
    make_general: Make, serve: Serve, patient: Timeouts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider: Provider = await serve(always(ok()))
    await call(make_general(), provider.post(b"", "/?key=secret", (b"x-api-key", b"secret")), patient)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("field", [(b"a", b"b\nc: d"), (b"a", b"\0"), (b"a\r\nb", b"c"), (b"", b"")])
def test_head_that_http_1_could_not_say(field: tuple[bytes, bytes]) -> None:
    assert as_text(200, [(b"x", b"y"), field]) == b""
