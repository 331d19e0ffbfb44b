"""Which lane a road leads to, how long a lane is kept, and what becomes of the calls on it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from proxyapp.road import DIRECT, Road
from proxyapp.upstream import FastLane, Lanes, Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.general import GeneralLane

from .authority import Authority
from .calls import failure, whole
from .conftest import Serve, ServeH2
from .h2_provider import echo
from .proxies import HttpProxy
from .wire import Peer, Provider, always, ok, then_wait, until

Make = Callable[..., Lanes]
PART = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"


@pytest.fixture
async def make_lanes() -> AsyncIterator[Make]:
    made: list[Lanes] = []

    def make(**settings: int) -> Lanes:
        lanes = Lanes(**{"look": 0.01, **settings})  # type: ignore[arg-type]
        made.append(lanes)
        return lanes

    yield make
    for lanes in made:
        await lanes.aclose()


@pytest.fixture
async def lanes(make_lanes: Make) -> Lanes:
    return make_lanes()


def by(road: Road, provider: Provider) -> Outgoing:
    host = "localhost" if provider.tls else "127.0.0.1"
    url = f"{'https' if provider.tls else 'http'}://{host}:{provider.port}/"
    return Outgoing(b"POST", url, [], b"{}", allow_private=True, road=road)


def through(proxy: Provider) -> Road:
    """A plain request is the proxy's to pass on; those here answer it themselves."""
    return Road(f"http://user:password@127.0.0.1:{proxy.port}")


async def test_it_works(lanes: Lanes, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok(b"text")))
    proxy = await serve(HttpProxy(provider.port))
    assert await whole(lanes, by(DIRECT, provider), patient) == b"text"
    assert proxy.peers == []
    assert await whole(lanes, by(through(proxy), provider), patient) == b"text"
    assert len(proxy.peers) == 1


async def test_equal_roads_share_a_lane(lanes: Lanes, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(always(ok()))
    for _ in range(2):
        await whole(lanes, by(Road(http2=True), provider), patient)
    assert len(provider.peers) == 1


async def test_private_authority_stays_on_the_fast_lane(
    lanes: Lanes, serve: Serve, authority: Authority, patient: Timeouts
) -> None:
    road = Road(authority=authority.pem)
    provider = await serve(always(ok(b"x")), authority.serve("localhost"))
    assert await whole(lanes, by(road, provider), patient) == b"x"
    assert isinstance(lanes._kept[road], FastLane)
    assert await failure(lanes, by(DIRECT, provider), patient) == ("tls", False)


async def test_private_authority_on_the_general_lane(
    lanes: Lanes, serve_h2: ServeH2, authority: Authority, patient: Timeouts
) -> None:
    road = Road(http2=True, authority=authority.pem)
    provider = await serve_h2(echo)
    request = Outgoing(b"POST", provider.post().url, [], b"text", allow_private=True, road=road)
    assert await whole(lanes, request, patient) == b"text"
    assert isinstance(lanes._kept[road], GeneralLane)


@pytest.mark.parametrize(
    "road",
    [Road("ftp://user:password@host"), Road("http://[::1", http2=True), Road(authority="no certificate")],
)
async def test_road_that_cannot_be_made_is_an_error_of_connecting(
    lanes: Lanes, serve: Serve, patient: Timeouts, road: Road
) -> None:
    provider = await serve(always(ok()))
    with pytest.raises(UpstreamError) as caught:
        await lanes.open(by(road, provider), patient)
    assert (caught.value.kind, caught.value.sent) == ("connect", False)
    assert "password" not in str(caught.value)


async def test_lane_that_is_no_longer_wanted_is_closed(lanes: Lanes, serve: Serve, patient: Timeouts) -> None:
    proxies = [await serve(always(ok())) for _ in range(2)]
    for proxy in proxies:
        await whole(lanes, by(through(proxy), proxies[0]), patient)
    lanes.keep({through(proxies[1])})
    await proxies[0].gone()
    assert (list(lanes._kept), proxies[1].peers[0].closed.is_set()) == ([through(proxies[1])], False)


async def test_call_on_a_lane_that_is_no_longer_wanted_goes_on(
    lanes: Lanes, serve: Serve, patient: Timeouts
) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(PART)
        await go_on.wait()
        await peer.say(b"othalf")
        await peer.until_closed()

    proxy = await serve(script)
    answer = await lanes.open(by(through(proxy), proxy), patient)
    lanes.keep(set())
    await asyncio.sleep(0.1)  # ten looks
    go_on.set()
    assert await answer.read_all(10) == b"halfothalf"
    answer.close()
    await proxy.gone()
    await until(lambda: not lanes._retired)


async def test_late_call_to_a_road_that_was_given_up(lanes: Lanes, serve: Serve, patient: Timeouts) -> None:
    """It was chosen from an older catalogue."""
    proxy = await serve(always(ok(b"x")))
    lanes.keep(set())
    assert await whole(lanes, by(through(proxy), proxy), patient) == b"x"


async def test_lanes_are_bounded(make_lanes: Make, serve: Serve, patient: Timeouts) -> None:
    lanes, proxies = make_lanes(most=2), [await serve(always(ok())) for _ in range(3)]
    for index in (0, 1, 0, 2):
        await whole(lanes, by(through(proxies[index]), proxies[0]), patient)
    await proxies[1].gone()  # the one that had not been used for longest
    assert list(lanes._kept) == [through(proxies[0]), through(proxies[2])]


async def test_end_cuts_what_is_open_on_every_lane(lanes: Lanes, serve: Serve, patient: Timeouts) -> None:
    provider = await serve(then_wait(PART))
    roads = [DIRECT, Road(http2=True), through(provider)]
    answers = [await lanes.open(by(road, provider), patient) for road in roads]
    lanes.keep({roads[1]})  # the last one waits for the end of its call
    await lanes.aclose()
    for answer in answers:
        with pytest.raises(UpstreamError):
            await answer.read_all(10)
    for peer in provider.peers:
        await peer.gone()


@pytest.mark.parametrize("road", [DIRECT, Road(http2=True)])
async def test_nothing_opens_after_the_end(lanes: Lanes, serve: Serve, patient: Timeouts, road: Road) -> None:
    provider = await serve(always(ok()))
    await lanes.aclose()
    assert await failure(lanes, by(road, provider), patient) == ("connect", False)
    assert provider.peers == []
