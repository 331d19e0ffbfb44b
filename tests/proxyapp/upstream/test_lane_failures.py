"""Answers that break off, or never were one."""

import asyncio
import socket
import struct

import pytest

from proxyapp.upstream import Lane, Outgoing, Timeouts, UpstreamError

from .conftest import Serve
from .wire import Peer, always, chunked, ok, once, then_wait

OK = b"HTTP/1.1 200 OK\r\n"


async def test_it_works(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(once(OK + b"content-length: 10\r\n\r\nhalf"))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read() == b"half"
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert (caught.value.kind, caught.value.sent) == ("early_eof", True)
    answer.close()


@pytest.mark.parametrize("text", [chunked(b"half")[:-cut] for cut in (1, 2, 5, 6)])
async def test_chunked_body_that_breaks_off(lane: Lane, serve: Serve, patient: Timeouts, text: bytes) -> None:
    provider = await serve(once(text))
    answer = await lane.open(provider.post(), patient)
    with pytest.raises(UpstreamError) as caught:
        await answer.read_all(100)
    assert caught.value.kind == "early_eof"
    answer.close()


@pytest.mark.parametrize("text", [b"", b"HTTP/1.1 200", OK + b"x: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_head_that_breaks_off(lane: Lane, serve: Serve, patient: Timeouts, text: bytes) -> None:
    provider = await serve(once(text))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(), patient)
    assert (caught.value.kind, caught.value.sent, len(provider.requests)) == ("early_eof", True, 1)


async def test_reset_is_no_end_of_an_unframed_body(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    taken = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(OK + b"\r\nhalf")
        await taken.wait()
        endpoint = peer.writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by reset
        peer.cut()

    provider = await serve(script)
    answer = await lane.open(provider.post(), patient)
    assert await answer.read() == b"half"
    taken.set()
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert caught.value.kind == "early_eof"


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 000 Nothing\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"x: a\r\n folded\r\n\r\n",
        OK + b"x: a\0b\r\n\r\n",
        OK + b"content-length: 2\r\ncontent-length: 2\r\n\r\nhi",
        OK + b"content-length: -2\r\n\r\nhi",
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"transfer-encoding: gzip\r\n\r\nhi",
    ],
)
async def test_malformed_head(lane: Lane, serve: Serve, patient: Timeouts, text: bytes) -> None:
    provider = await serve(then_wait(text))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(), patient)
    assert (caught.value.kind, caught.value.sent) == ("protocol", True)
    await provider.gone()


async def test_malformed_chunk(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n"))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read() == b"hi"
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert caught.value.kind == "protocol"
    await provider.gone()
    answer.close()


@pytest.mark.parametrize(
    "text",
    [
        OK + b"x: " + b"a" * 70_000 + b"\r\ncontent-length: 0\r\n\r\n",
        OK + b"x: " + b"a" * 70_000,  # and no end in sight
        OK + b"x: y\r\n" * 2_000 + b"content-length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 2_000,
    ],
)
async def test_head_out_of_bounds(lane: Lane, serve: Serve, patient: Timeouts, text: bytes) -> None:
    provider = await serve(then_wait(text))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(), patient)
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize("filler", [b"0\r\nx-late: " + b"a" * 70_000, b"1;" + b"a" * 70_000])
async def test_endless_frills_of_chunks(lane: Lane, serve: Serve, patient: Timeouts, filler: bytes) -> None:
    provider = await serve(then_wait(OK + b"transfer-encoding: chunked\r\n\r\n" + filler))
    with pytest.raises(UpstreamError) as caught:
        await (await lane.open(provider.post(), patient)).read_all(100)
    assert caught.value.kind == "protocol"


async def test_head_within_bounds(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x", b"long: " + b"a" * 60_000)))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read_all(1) == b"x"
    answer.close()


async def test_nobody_listens(lane: Lane, patient: Timeouts) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, not listening
        url = f"http://127.0.0.1:{free.getsockname()[1]}/secret-path"
        with pytest.raises(UpstreamError) as caught:
            await lane.open(Outgoing(b"GET", url, [], allow_private=True), patient)
    assert (caught.value.kind, caught.value.sent) == ("connect", False)


async def test_name_that_does_not_exist(lane: Lane, patient: Timeouts) -> None:
    with pytest.raises(UpstreamError) as caught:
        await lane.open(Outgoing(b"GET", "http://nothing.invalid/", [], allow_private=True), patient)
    assert (caught.value.kind, caught.value.sent) == ("dns", False)


async def test_messages_hold_no_address(lane: Lane, patient: Timeouts) -> None:
    request = Outgoing(b"GET", "http://127.0.0.1:1/path?key=secret", [(b"x-api-key", b"secret")], b"", True)
    with pytest.raises(UpstreamError) as caught:
        await lane.open(request, patient)
    told = f"{caught.value} {caught.value!r} {caught.value.__cause__} {request!r}"
    assert not [word for word in ("127.0.0.1", "path", "secret") if word in told]


@pytest.mark.parametrize(
    "url",
    ["", "/v1", "ftp://h/", "http://", "http://h:99999/", "http://u:p@h/", "http://h/#f", "http://h:0/"],
)
async def test_addresses_that_are_none(lane: Lane, patient: Timeouts, url: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        await lane.open(Outgoing(b"GET", url, [], allow_private=True), patient)
    assert (caught.value.kind, caught.value.sent) == ("protocol", False)
