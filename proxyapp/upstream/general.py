"""The general lane, on httpx: for providers that the fast lane cannot reach.

HTTP/2 where the provider offers it, HTTP and SOCKS proxies, odd cases. It costs many times what the fast lane
does per call; a lane is the default only where it has to be this one.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager

from proxyapp.upstream.deadlines import RESOLUTION, Deadlines
from proxyapp.upstream.dial import Dialler
from proxyapp.upstream.engine import Means, Proxy
from proxyapp.upstream.fast import ALIVE_FOR, IDLE_FOR, PER_ORIGIN, Load
from proxyapp.upstream.fleet import Fleet
from proxyapp.upstream.heads import Head, request_head
from proxyapp.upstream.lane import Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.passage import Passage
from proxyapp.upstream.request import OriginKey, locate
from proxyapp.upstream.resolve import Resolver


class GeneralLane:
    """A `Lane`. To be made inside the event loop it will live in.

    `tls` is for private authorities; it is used as given but for ALPN, so it cannot serve a second lane.
    `proxy` is ``http://[user:password@]host[:port]`` or ``socks5://…``: every call goes through it, https
    ones in a tunnel. Which addresses may be called is then the proxy's decision: it resolves the names, and
    `Outgoing.allow_private` means nothing. Without a proxy the address that is checked is the one dialled.

    `per_origin` counts calls; over HTTP/2 up to a hundred share a connection. The environment is not heeded.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
        http2: bool = False,
        resolver: Resolver | None = None,
        per_origin: int = PER_ORIGIN,
        idle_for: float = IDLE_FOR,
        alive_for: float = ALIVE_FOR,
        resolution: float = RESOLUTION,
    ) -> None:
        context = tls or ssl.create_default_context()
        context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver or Resolver()
        self._means = Means(
            Dialler(self._resolver, context), context, http2=http2, proxy=Proxy(proxy) if proxy else None
        )
        self._deadlines = Deadlines(resolution)
        self._per_origin = per_origin
        self._idle_for = idle_for
        self._alive_for = alive_for
        self._fleets: dict[OriginKey, Fleet] = {}
        self._passages: set[Passage] = set()
        self._closed = False

    async def open(self, request: Outgoing, timeouts: Timeouts) -> Passage:
        """See `Lane.open`.

        As in the fast lane, a request that meets a resting connection the provider has just closed is sent
        once more, on a new one. So is a request the provider vouches, by HTTP/2's own signs, not to have
        looked at.
        """
        target = locate(request.url, request.allow_private)
        head = request_head(request, target)
        total_at = self._loop.time() + timeouts.total
        passage = self._start(request, target.origin, head, timeouts, total_at, fresh=False)
        try:
            await passage.opened()
        except UpstreamError as error:
            again = passage.refused or (passage.unheard and error.kind == "early_eof")
            if not again or self._closed:
                raise
        else:
            return passage
        second = self._start(request, target.origin, head, timeouts, total_at, fresh=True)
        try:
            await second.opened()
        except UpstreamError as error:
            error.sent = error.sent or not passage.refused  # the first time, perhaps
            raise
        return second

    async def aclose(self) -> None:
        self._closed = True
        passages = list(self._passages)
        for passage in passages:
            passage.cut()
        for passage in passages:
            await passage.gone()
        for fleet in list(self._fleets.values()):
            fleet.cut()
        self._deadlines.stop()
        await self._resolver.aclose()
        await asyncio.sleep(0)  # the sockets are closed in the next turn of the loop

    def load(self) -> Load:
        fleets = self._fleets.values()
        return Load(
            origins=len(fleets),
            busy=sum(fleet.busy for fleet in fleets),
            idle=sum(fleet.idle for fleet in fleets),
            waiting=sum(fleet.waiting for fleet in fleets),
        )

    def _start(
        self,
        request: Outgoing,
        key: OriginKey,
        head: Head,
        timeouts: Timeouts,
        total_at: float,
        *,
        fresh: bool,
    ) -> Passage:
        if self._closed:
            raise UpstreamError("connect", "the lane is closed", sent=False)
        passage = Passage(request.method, timeouts, total_at, self._deadlines)
        self._passages.add(passage)
        passage.start(self._way(request, key, head, passage, fresh), self._passages.discard)
        return passage

    @asynccontextmanager
    async def _way(
        self, request: Outgoing, key: OriginKey, head: Head, passage: Passage, fresh: bool
    ) -> AsyncIterator[AsyncIterable[bytes]]:
        async with (
            self._fleet(key).engine(fresh=fresh) as engine,
            engine.exchange(request.method, head, request.body, passage) as body,
        ):
            yield body

    def _fleet(self, key: OriginKey) -> Fleet:
        fleet = self._fleets.get(key)
        if fleet is None:
            fleet = self._fleets[key] = Fleet(
                key,
                self._means,
                cap=self._per_origin,
                idle_for=self._idle_for,
                alive_for=self._alive_for,
                rests=self._rest,
            )
        return fleet

    def _rest(self, fleet: Fleet) -> None:
        """No call is under way there; where no connection is left either, it is forgotten."""
        if fleet.idle:
            self._deadlines.watch(fleet)
        elif self._fleets.get(fleet.key) is fleet:
            del self._fleets[fleet.key]
