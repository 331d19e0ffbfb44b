"""HTTP/2: answers that break off, providers that leave, and what makes no sense."""

import asyncio
from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from proxyapp.upstream import Timeouts, UpstreamError
from proxyapp.upstream.engine import DIALS
from proxyapp.upstream.general import GeneralLane

from .calls import failure, whole
from .conftest import ServeH2
from .h2_provider import H2Provider, Stream, echo, then_wait
from .wire import until

Make = Callable[..., GeneralLane]


async def test_it_works(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    async def script(stream: Stream) -> None:
        stream.head(529)
        stream.finish()

    lane, provider = make_general(), await serve_h2(script)
    answer = await lane.open(provider.get(), patient)
    assert (answer.status, await answer.read()) == (529, None)
    answer.close()


async def test_reset_is_an_early_end(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    async def script(stream: Stream) -> None:
        stream.head()
        await stream.say(b"half")
        stream.reset(ErrorCodes.INTERNAL_ERROR)

    lane, provider = make_general(), await serve_h2(script)
    answer = await lane.open(provider.get(), patient)
    assert await answer.read() == b"half"
    with pytest.raises(UpstreamError) as caught:
        await answer.read()
    assert (caught.value.kind, caught.value.sent) == ("early_eof", True)


async def test_answer_without_a_status_gives_its_place_back(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.link.state.send_headers(stream.number, [(b":status", b"none")])
        stream.link.flush()

    lane, provider = make_general(), await serve_h2(script)
    assert await failure(lane, provider.get(), patient) == ("protocol", True)
    await provider.streams[0].gone.wait()


async def test_lost_connection_is_an_early_end(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"half"))
    answers = [await lane.open(provider.get(), patient) for _ in range(3)]
    provider.links[0].transport.abort()
    for answer in answers:
        with pytest.raises(UpstreamError) as caught:
            await answer.read_all(100)
        assert (caught.value.kind, caught.value.sent) == ("early_eof", True)


async def test_refused_stream_is_sent_once_more(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        if len(provider.streams) == 1:
            stream.reset(ErrorCodes.REFUSED_STREAM)
        else:
            await echo(stream)

    provider: H2Provider = await serve_h2(script)
    assert await whole(make_general(), provider.post(b"text"), patient) == b"text"


async def test_request_refused_twice_was_never_looked_at(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.reset(ErrorCodes.REFUSED_STREAM)

    provider = await serve_h2(script)
    assert await failure(make_general(), provider.post(), patient) == ("early_eof", False)
    assert len(provider.streams) == 2


async def test_provider_that_leaves_ends_what_it_began(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"half"))
    answer = await lane.open(provider.get(), patient)
    assert await answer.read() == b"half"
    provider.links[0].go_away(provider.streams[0].number)
    await provider.streams[0].say(b"rest")
    assert await answer.read() == b"rest"
    (await lane.open(provider.get(), patient)).close()
    assert len(provider.links) == 2
    provider.streams[0].finish()
    assert await answer.read() is None
    await provider.links[0].gone()
    answer.close()


async def test_request_that_crossed_the_providers_leave_is_sent_once_more(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    assert await whole(lane, provider.post(b"one"), patient) == b"one"
    provider.links[0].go_away(provider.streams[0].number)
    assert await whole(lane, provider.post(b"two"), patient) == b"two"
    assert len(provider.links) == 2


async def test_connection_that_died_at_rest_is_not_used(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(echo)
    for _ in range(2):
        assert await whole(lane, provider.post(b"text"), patient) == b"text"
        provider.links[-1].transport.abort()
        await until(lambda: lane.load().idle == 0)
    assert len(provider.streams) == 2


@pytest.mark.parametrize(
    "fields",
    [
        [(b"x-a", b"a\r\nx-b: c")],
        [(b"x-a", b"a\0")],
        [(b"x a", b"a")],
        [(b"x-%d" % number, b"y") for number in range(300)],
        [(b"x", b"a" * 70_000)],
        [(b"content-length", b"2"), (b"content-length", b"3")],
    ],
)
async def test_malformed_head(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts, fields: list[tuple[bytes, bytes]]
) -> None:
    async def script(stream: Stream) -> None:
        stream.head(200, *fields)
        await stream.gone.wait()

    lane, provider = make_general(), await serve_h2(script)
    assert await failure(lane, provider.get(), patient) == ("protocol", True)
    await provider.streams[0].reset_seen()


async def test_length_that_is_not_kept(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    async def script(stream: Stream) -> None:
        stream.head(200, (b"content-length", b"9"))
        await stream.say(b"half")
        stream.finish()

    lane, provider = make_general(), await serve_h2(script)
    assert await failure(lane, provider.get(), patient) == ("protocol", True)


@pytest.mark.parametrize("frames", [b"\0\0\1\0\0\0\0\0\0x", b"HTTP/1.1 400 Bad Request\r\n"])
async def test_frames_that_make_no_sense_cut_the_connection(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts, frames: bytes
) -> None:
    async def script(stream: Stream) -> None:
        stream.link.transport.write(frames)
        await stream.gone.wait()

    lane, provider = make_general(), await serve_h2(script)
    assert await failure(lane, provider.get(), patient) == ("protocol", True)
    await provider.links[0].gone()


@pytest.mark.parametrize(
    ("timeouts", "kind"),
    [
        (Timeouts(idle=0.1), "timeout_idle"),
        (Timeouts(total=0.3), "timeout_total"),
    ],
)
async def test_silence_in_the_body_resets_the_stream_alone(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts, timeouts: Timeouts, kind: str
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait(b"half"))
    staying = await lane.open(provider.get(), patient)
    assert await failure(lane, provider.get(), timeouts) == (kind, True)
    assert await provider.streams[1].reset_seen() == ErrorCodes.CANCEL
    assert (await staying.read(), provider.streams[0].gone.is_set()) == (b"half", False)
    staying.close()


async def test_silence_before_the_head(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    async def script(stream: Stream) -> None:
        await stream.gone.wait()

    lane, provider = make_general(), await serve_h2(script)
    assert await failure(lane, provider.post(), Timeouts(first_byte=0.1)) == ("timeout_first_byte", True)
    assert await provider.streams[0].reset_seen() == ErrorCodes.CANCEL


async def test_close_from_elsewhere_wakes_the_reader(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(then_wait())
    answer = await lane.open(provider.get(), patient)
    task = asyncio.create_task(answer.read())
    await asyncio.sleep(0)
    answer.close()
    with pytest.raises(UpstreamError) as caught:
        await task
    assert caught.value.kind == "early_eof"


async def test_aclose_cuts_what_is_open(make_general: Make, serve_h2: ServeH2, patient: Timeouts) -> None:
    lane, provider = make_general(), await serve_h2(then_wait())
    answer = await lane.open(provider.get(), patient)
    await lane.aclose()
    await provider.links[0].gone()
    with pytest.raises(UpstreamError):
        await answer.read()


async def test_provider_that_allows_no_calls_is_not_dialled_again_and_again(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    async def script(stream: Stream) -> None:
        stream.reset(ErrorCodes.REFUSED_STREAM)

    lane, provider = make_general(), await serve_h2(script, settings={SettingCodes.MAX_CONCURRENT_STREAMS: 0})
    failures = await asyncio.gather(*[failure(lane, provider.get(), patient) for _ in range(5)])
    assert {sent for _, sent in failures} == {False}
    assert len(provider.links) <= 5 * DIALS


async def test_provider_that_leaves_every_connection_at_once(
    make_general: Make, serve_h2: ServeH2, patient: Timeouts
) -> None:
    lane, provider = make_general(), await serve_h2(echo, is_leaving=True)
    kind, sent = await failure(lane, provider.get(), patient)
    assert (kind, sent, len(provider.links)) == ("connect", False, DIALS)
