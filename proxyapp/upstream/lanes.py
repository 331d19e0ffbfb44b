"""All lanes of a gateway: one for every road that a provider is reached by.

A lane is made by the first call that needs it. Once no provider is reached by its road any more it takes no
new calls, and is closed when those it has are over.
"""

import asyncio
import ssl
from collections.abc import Set
from typing import TypeAlias

from proxyapp.road import DIRECT, Road
from proxyapp.upstream.fast import FastLane
from proxyapp.upstream.general import GeneralLane
from proxyapp.upstream.lane import Answer, Outgoing, Timeouts, UpstreamError

MOST = 64  # lanes beside the direct one
LOOK = 1.0  # seconds between two looks at a lane that is to be closed

AnyLane: TypeAlias = FastLane | GeneralLane


class Lanes:
    """A `Lane` that looks at `Outgoing.road`. To be made inside the event loop it will live in.

    The general lane is taken where it has to be: behind a proxy, and for HTTP/2. Whose certificates are
    believed makes no difference to the fast one.
    """

    def __init__(self, *, most: int = MOST, look: float = LOOK) -> None:
        self._direct = FastLane()
        self._kept: dict[Road, AnyLane] = {}  # the one used last at the end
        self._retired: dict[AnyLane, asyncio.Task[None]] = {}
        self._most = most
        self._look = look
        self._closed = False

    async def open(self, request: Outgoing, timeouts: Timeouts) -> Answer:
        """See `Lane.open`."""
        if request.road is DIRECT:
            return await self._direct.open(request, timeouts)
        return await self._lane(request.road).open(request, timeouts)

    def keep(self, roads: Set[Road]) -> None:
        """These are all the roads there are now; a call that was on its way to another may still take it."""
        for road in self._kept.keys() - roads:
            self._retire(road)

    async def aclose(self) -> None:
        self._closed = True
        for task in self._retired.values():
            task.cancel()
        for lane in [self._direct, *self._kept.values(), *self._retired]:
            await lane.aclose()

    def _lane(self, road: Road) -> AnyLane:
        if self._closed:
            raise UpstreamError("connect", "the lanes are closed", sent=False)
        lane = self._kept.pop(road, None) or _made(road)
        self._kept[road] = lane
        if len(self._kept) > self._most:
            self._retire(next(iter(self._kept)))
        return lane

    def _retire(self, road: Road) -> None:
        lane = self._kept.pop(road)
        self._retired[lane] = asyncio.get_running_loop().create_task(self._close(lane))

    async def _close(self, lane: AnyLane) -> None:
        """Once nothing is under way on it; its connections at rest do not count."""
        while True:
            await asyncio.sleep(self._look)
            load = lane.load()
            if not load.busy and not load.waiting:
                break
        await lane.aclose()
        del self._retired[lane]


def _made(road: Road) -> AnyLane:
    """Checked where it was given, it can still be more than this host's TLS library takes."""
    try:
        tls = ssl.create_default_context(cadata=road.authority) if road.authority else None
        if road.proxy or road.http2:
            return GeneralLane(tls=tls, proxy=road.proxy or None, http2=road.http2)
        return FastLane(tls=tls)
    except (ValueError, ssl.SSLError):
        reason = "the provider's proxy or certificate authority cannot be used"
        raise UpstreamError("connect", reason, sent=False) from None
