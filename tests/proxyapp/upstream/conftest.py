import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import pytest
import uvloop

from proxyapp.upstream import FastLane, Lane, Timeouts
from proxyapp.upstream.fast import Load
from proxyapp.upstream.general import GeneralLane

from . import h2_provider
from .authority import Authority
from .h2_provider import H2Provider
from .wire import Provider, Script, until

Serve = Callable[..., Awaitable[Provider]]
ServeH2 = Callable[..., Awaitable[H2Provider]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop carries production; the stock loop is the fallback and must not behave otherwise."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def trust(authority: Authority) -> ssl.SSLContext:
    return authority.trust()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a provider that runs a script on each connection."""
    async with AsyncExitStack() as stack:

        async def start(
            script: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
        ) -> Provider:
            return await stack.enter_async_context(Provider(script, tls, host, port))

        yield start


@pytest.fixture
async def serve_h2(authority: Authority) -> AsyncIterator[ServeH2]:
    """Start an HTTP/2 provider that runs a script on each stream."""
    async with AsyncExitStack() as stack:

        async def start(script: h2_provider.Script, **settings: object) -> H2Provider:
            provider = H2Provider(script, authority.serve("localhost"), **settings)  # type: ignore[arg-type]
            return await stack.enter_async_context(provider)

        yield start


async def check_empty(lane: FastLane) -> None:
    """Whatever a test did: no place is held, and the end leaves nothing."""
    load = lane.load()
    await lane.aclose()
    assert (load.busy, load.waiting) == (0, 0)
    assert lane.load() == Load(0, 0, 0, 0)


async def check_gone(lane: GeneralLane) -> None:
    """The same for the general lane, whose tasks take a few turns to end."""
    await until(lambda: (lane.load().busy, lane.load().waiting) == (0, 0))
    await lane.aclose()
    assert (lane.load(), lane._passages) == (Load(0, 0, 0, 0), set())


@pytest.fixture(params=["fast", "general", "general, hoping for HTTP/2"])
async def lane(
    request: pytest.FixtureRequest, trust: ssl.SSLContext, authority: Authority
) -> AsyncIterator[Lane]:
    """Every lane in turn, without exceptions; a new one joins by its name here."""
    if request.param == "fast":
        fast = FastLane(tls=trust, resolution=0.02)
        yield fast
        await check_empty(fast)
    else:
        general = GeneralLane(tls=authority.trust(), resolution=0.02, http2="HTTP/2" in request.param)
        yield general
        await check_gone(general)


@pytest.fixture
async def make_fast(trust: ssl.SSLContext) -> AsyncIterator[Callable[..., FastLane]]:
    """Fast lanes to the test's own measure; all are checked for leaks at the end."""
    made: list[FastLane] = []

    def make(**settings: object) -> FastLane:
        lane = FastLane(**{"tls": trust, "resolution": 0.02, **settings})  # type: ignore[arg-type]
        made.append(lane)
        return lane

    yield make
    for lane in made:
        await check_empty(lane)


@pytest.fixture
async def make_general(authority: Authority) -> AsyncIterator[Callable[..., GeneralLane]]:
    """General lanes to the test's own measure, hoping for HTTP/2; all are checked for leaks at the end."""
    made: list[GeneralLane] = []

    def make(**settings: object) -> GeneralLane:
        defaults = {"tls": authority.trust(), "http2": True, "resolution": 0.02}
        lane = GeneralLane(**{**defaults, **settings})  # type: ignore[arg-type]
        made.append(lane)
        return lane

    yield make
    for lane in made:
        await check_gone(lane)


@pytest.fixture
def patient() -> Timeouts:
    """Long enough never to matter, short enough to end a test that hangs."""
    return Timeouts(connect=10, first_byte=10, idle=10, total=20)
