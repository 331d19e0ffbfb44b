"""What is sent, and what comes back."""

import asyncio

import pytest

from proxyapp.upstream import Lane, Outgoing, Timeouts, UpstreamError

from .conftest import Serve
from .wire import Peer, always, chunked, ok, once


async def test_it_works(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(
        always(ok(b'{"a":1}', b"Content-Type: application/json", b"X-Two: a", b"x-two: b"))
    )
    answer = await lane.open(
        provider.post(b'{"b":2}', "/v1/messages?beta=true", (b"x-api-key", b"k")), patient
    )
    assert await answer.read_all(100) == b'{"a":1}'
    answer.close()
    (seen,) = provider.requests
    assert (seen.line, seen.body) == (b"POST /v1/messages?beta=true HTTP/1.1", b'{"b":2}')
    assert seen.values(b"x-api-key") == [b"k"]
    assert answer.status == 200
    assert answer.headers == [
        (b"content-length", b"7"),
        (b"content-type", b"application/json"),
        (b"x-two", b"a"),
        (b"x-two", b"b"),
    ]


async def test_host_and_length_are_the_lanes_own(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    given = [(b"Host", b"evil"), (b"Content-Length", b"99"), (b"Transfer-Encoding", b"chunked")]
    (await lane.open(provider.post(b"body", "/", *given), patient)).close()
    (seen,) = provider.requests
    assert seen.values(b"host") == [f"127.0.0.1:{provider.port}".encode()]
    assert seen.values(b"content-length") == [b"4"]
    assert seen.values(b"transfer-encoding") == []


async def test_headers_of_the_connection_are_not_passed_on(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok()))
    given = [(b"Connection", b"close"), (b"TE", b"trailers"), (b"Expect", b"100-continue")]
    (await lane.open(provider.post(b"body", "/", *given), patient)).close()
    (seen,) = provider.requests
    assert not {b"te", b"expect"} & {name.lower() for name, _ in seen.fields}
    assert b"close" not in seen.values(b"connection")


async def test_accept_encoding_is_the_callers(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    (await lane.open(provider.post(), patient)).close()
    (await lane.open(provider.post(b"", "/", (b"accept-encoding", b"identity")), patient)).close()
    without, given = provider.requests
    assert without.values(b"accept-encoding") == []
    assert given.values(b"accept-encoding") == [b"identity"]


async def test_small_request_travels_in_one_piece(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    pieces: list[bytes] = []

    async def script(peer: Peer) -> None:
        pieces.append(await peer.reader.read(65536))
        await peer.say(ok())

    provider = await serve(script)
    (await lane.open(provider.post(b"the body"), patient)).close()
    assert pieces[0].endswith(b"\r\n\r\nthe body")


@pytest.mark.parametrize("bad", [b"a\r\nx: y", b"a\nb", b"a\rb", b"a\0b"])
async def test_broken_header_value_is_refused(
    lane: Lane, serve: Serve, patient: Timeouts, bad: bytes
) -> None:
    provider = await serve(always(ok()))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(b"", "/", (b"x-a", bad)), patient)
    assert (caught.value.kind, caught.value.sent, provider.peers) == ("protocol", False, [])


@pytest.mark.parametrize("bad", [b"", b"a\r\nb", b"a\0", b"a b", b"a:b"])
async def test_broken_header_name_is_refused(lane: Lane, serve: Serve, patient: Timeouts, bad: bytes) -> None:
    provider = await serve(always(ok()))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(b"", "/", (bad, b"v")), patient)
    assert (caught.value.kind, caught.value.sent, provider.peers) == ("protocol", False, [])


@pytest.mark.parametrize("bad", ["/a\r\nx: y", "/a\n", "/\0", "/a b", "/ä"])
async def test_broken_url_is_refused(lane: Lane, serve: Serve, patient: Timeouts, bad: str) -> None:
    provider = await serve(always(ok()))
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(b"", bad), patient)
    assert (caught.value.kind, caught.value.sent, provider.peers) == ("protocol", False, [])


async def test_chunks_are_joined(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(chunked(b"one", b"two", b"three")))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read_all(100) == b"onetwothree"
    answer.close()


async def test_chunks_are_handed_on_as_they_come(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n")
        await go_on.wait()
        await peer.say(b"1\r\nc\r\n0\r\n\r\n")

    provider = await serve(script)
    answer = await lane.open(provider.post(), patient)
    assert await answer.read() == b"ab"
    go_on.set()
    assert await answer.read() == b"c"
    assert await answer.read() is None
    answer.close()


async def test_end_of_connection_ends_an_unframed_body(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(once(b"HTTP/1.1 200 OK\r\n\r\nto the end"))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read_all(100) == b"to the end"
    answer.close()


async def test_interim_answers_are_skipped(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    provider = await serve(always(interim + ok(b"real")))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read_all(100) == b"real"
    assert (answer.status, answer.headers) == (200, [(b"content-length", b"4")])
    answer.close()


@pytest.mark.parametrize(
    "head", [b"204 No Content\r\n\r\n", b"304 Not Modified\r\ncontent-length: 5\r\n\r\n"]
)
async def test_answers_without_a_body(lane: Lane, serve: Serve, patient: Timeouts, head: bytes) -> None:
    provider = await serve(always(b"HTTP/1.1 " + head))
    for _ in range(2):
        answer = await lane.open(provider.get(), patient)
        assert await answer.read() is None
        answer.close()
    assert len(provider.peers) == 1


async def test_head_has_a_length_and_no_body(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"))
    for _ in range(2):
        answer = await lane.open(Outgoing(b"HEAD", provider.url, [], allow_private=True), patient)
        assert await answer.read() is None
        assert answer.headers == [(b"content-length", b"5")]
        answer.close()
    assert len(provider.peers) == 1


async def test_hop_by_hop_headers_stay_behind(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    own = [b"Connection: keep-alive, X-Mine", b"X-Mine: 1", b"Keep-Alive: timeout=5", b"Upgrade: h2c"]
    provider = await serve(always(ok(b"", *own, b"x-end: to-end")))
    answer = await lane.open(provider.post(), patient)
    assert answer.headers == [(b"content-length", b"0"), (b"x-end", b"to-end")]
    answer.close()


async def test_trailers_do_not_become_headers(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    text = chunked(b"x").removesuffix(b"\r\n") + b"x-late: 1\r\n\r\n"
    provider = await serve(always(text))
    answer = await lane.open(provider.post(), patient)
    assert await answer.read_all(10) == b"x"
    assert answer.headers == []
    answer.close()


async def test_read_all_takes_exactly_its_limit(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x" * 1000)))
    answer = await lane.open(provider.post(), patient)
    assert len(await answer.read_all(1000)) == 1000
    answer.close()


async def test_read_all_refuses_more_than_its_limit(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x" * 1001)))
    answer = await lane.open(provider.post(), patient)
    with pytest.raises(UpstreamError) as caught:
        await answer.read_all(1000)
    assert (caught.value.kind, caught.value.sent) == ("too_large", True)


async def test_end_is_told_again(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"")))
    answer = await lane.open(provider.post(), patient)
    assert [await answer.read(), await answer.read()] == [None, None]
    answer.close()


async def test_any_cut_between_packets_gives_the_same_answer(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    text = b"HTTP/1.1 100 Continue\r\n\r\n" + chunked(b"data: {}\n\n", b"\n", b"data: [DONE]\n\n")

    async def script(peer: Peer) -> None:
        for cut in range(1, len(text)):
            await peer.request()
            await peer.say(text[:cut])
            for _ in range(3):  # let the client take the first part in by itself
                await asyncio.sleep(0)
            await peer.say(text[cut:])

    provider = await serve(script)
    for _ in range(1, len(text)):
        answer = await lane.open(provider.post(), patient)
        assert await answer.read_all(100) == b"data: {}\n\n\ndata: [DONE]\n\n"
        answer.close()
    assert len(provider.peers) == 1


async def test_many_calls_at_once(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    async def echo(peer: Peer) -> None:
        while True:
            await peer.say(ok((await peer.request()).body))

    provider = await serve(echo)

    async def call(number: int) -> bytes:
        answer = await lane.open(provider.post(b"%d" % number), patient)
        try:
            return await answer.read_all(100)
        finally:
            answer.close()

    assert await asyncio.gather(*map(call, range(80))) == [b"%d" % number for number in range(80)]
