"""Which connections are used again, which are not, and the one silent second try."""

import asyncio

import pytest

from proxyapp.upstream import Lane, Timeouts, UpstreamError

from .conftest import Serve
from .wire import Peer, Provider, Script, always, chunked, ok, once, then_wait

LARGE = b"x" * 32 * 1024 * 1024


async def call(lane: Lane, provider: Provider, patient: Timeouts) -> bytes:
    answer = await lane.open(provider.post(), patient)
    try:
        return await answer.read_all(1000)
    finally:
        answer.close()


async def settle() -> None:
    """Let the loop bring news that is already on the wire."""
    for _ in range(5):
        await asyncio.sleep(0.001)


def dies_on_second(first: bytes, last_words: bytes = b"") -> Script:
    """Every connection answers its first request and ends on its second, after `last_words`."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(first)
        await peer.request()
        await peer.say(last_words)

    return script


async def test_it_works(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(chunked(b"one", b"two")))
    for _ in range(3):
        assert await call(lane, provider, patient) == b"onetwo"
    assert (len(provider.peers), len(provider.requests)) == (1, 3)


async def test_complete_but_unread_is_reused(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"unread")))
    for _ in range(2):
        (await lane.open(provider.post(), patient)).close()
    assert len(provider.peers) == 1


async def test_closing_in_the_middle_cuts_the_connection(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"))
    answer = await lane.open(provider.post(), patient)
    answer.close()
    answer.close()
    await provider.gone()


async def test_read_after_close_is_an_error(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"text")))
    answer = await lane.open(provider.post(), patient)
    answer.close()
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert caught.value.kind == "early_eof"


async def test_provider_that_closes_is_believed(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x", b"connection: close")))
    for _ in range(2):
        await call(lane, provider, patient)
    assert len(provider.peers) == 2


async def test_old_http_is_not_reused(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x").replace(b"HTTP/1.1", b"HTTP/1.0")))
    for _ in range(2):
        await call(lane, provider, patient)
    assert len(provider.peers) == 2


async def test_bytes_behind_the_answer_spoil_the_connection(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(ok(b"x") + ok(b"smuggled")))
    for _ in range(2):
        assert await call(lane, provider, patient) == b"x"
    assert len(provider.peers) == 2


async def test_bytes_on_a_resting_connection_spoil_it(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"x")))
    await call(lane, provider, patient)
    await provider.peers[0].say(ok(b"smuggled"))
    await settle()
    assert await call(lane, provider, patient) == b"x"
    assert len(provider.peers) == 2


async def test_body_where_none_belongs_spoils_the_connection(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(always(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nhello"))
    for _ in range(2):
        answer = await lane.open(provider.get(), patient)
        assert await answer.read() is None
        answer.close()
    assert len(provider.peers) == 2


async def test_connection_that_died_at_rest_is_not_used(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(once(ok(b"x")))
    for _ in range(2):
        assert await call(lane, provider, patient) == b"x"
        await settle()
    assert len(provider.requests) == 2


async def test_reused_connection_that_dies_is_replaced_once(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(dies_on_second(ok(b"x")))
    for _ in range(2):
        assert await call(lane, provider, patient) == b"x"
    assert (len(provider.requests), len(provider.peers)) == (3, 2)  # the second call was sent twice


async def test_second_try_does_not_trust_another_resting_connection(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(dies_on_second(ok(b"x")))
    for answer in [await lane.open(provider.post(), patient) for _ in range(2)]:
        answer.close()
    assert await call(lane, provider, patient) == b"x"
    assert len(provider.peers) == 3


async def test_second_try_is_the_last(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        if len(provider.requests) == 1:
            await peer.say(ok(b"x"))
            await peer.request()

    provider: Provider = await serve(script)
    await call(lane, provider, patient)
    with pytest.raises(UpstreamError) as caught:
        await call(lane, provider, patient)
    assert (caught.value.kind, caught.value.sent, len(provider.requests)) == ("early_eof", True, 3)


async def test_second_try_that_cannot_connect_may_still_have_been_sent(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"x"))
        await peer.request()
        provider.stop_listening()

    provider: Provider = await serve(script)
    await call(lane, provider, patient)
    with pytest.raises(UpstreamError) as caught:
        await call(lane, provider, patient)
    assert (caught.value.kind, caught.value.sent) == ("connect", True)


async def test_new_connection_that_dies_is_not_tried_again(
    lane: Lane, serve: Serve, patient: Timeouts
) -> None:
    provider = await serve(once(b""))
    with pytest.raises(UpstreamError) as caught:
        await call(lane, provider, patient)
    assert (caught.value.kind, len(provider.requests)) == ("early_eof", 1)


async def test_first_byte_rules_out_a_second_try(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(dies_on_second(ok(b"x"), b"H"))
    await call(lane, provider, patient)
    with pytest.raises(UpstreamError) as caught:
        await call(lane, provider, patient)
    assert (caught.value.kind, len(provider.requests)) == ("early_eof", 2)


async def test_silence_is_not_tried_again(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(ok(b"x")))
    await call(lane, provider, patient)
    with pytest.raises(UpstreamError) as caught:
        await lane.open(provider.post(), Timeouts(first_byte=0.1))
    assert (caught.value.kind, caught.value.sent, len(provider.peers)) == ("timeout_first_byte", True, 1)


async def test_answer_before_the_end_of_the_request(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nmuch")
        await peer.until_closed()

    provider = await serve(script)
    answer = await lane.open(provider.post(LARGE), patient)
    assert (answer.status, await answer.read_all(10)) == (413, b"much")
    answer.close()
    await provider.gone()


async def test_large_body_arrives_whole(lane: Lane, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"thanks")))
    answer = await lane.open(provider.post(LARGE), patient)
    assert await answer.read_all(10) == b"thanks"
    answer.close()
    assert provider.requests[0].body == LARGE
    assert await call(lane, provider, patient) == b"thanks"
    assert len(provider.peers) == 1
