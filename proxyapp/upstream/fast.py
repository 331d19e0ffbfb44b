"""The fast lane: plain HTTP/1.1, our own client on httptools, for direct calls to providers.

On the usual path, a resting connection and a small body, `open` costs one future and no task: take the
connection, write the request, wait for the head.
"""

import asyncio
import ssl
from typing import NamedTuple

from proxyapp.upstream.connection import Connection
from proxyapp.upstream.deadlines import RESOLUTION, Deadlines
from proxyapp.upstream.dial import Dialler, http_only, public_tls
from proxyapp.upstream.exchange import Exchange
from proxyapp.upstream.lane import Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.pool import Origin
from proxyapp.upstream.request import OriginKey, encode, locate
from proxyapp.upstream.resolve import Resolver

PER_ORIGIN = 1024  # connections
IDLE_FOR = 30.0  # seconds; below what providers allow, so that a resting connection is rarely a dead one
ALIVE_FOR = 300.0  # seconds; after that DNS is asked again


class Load(NamedTuple):
    """How much is going on in a lane."""

    origins: int
    busy: int
    idle: int
    waiting: int


class FastLane:
    """A `Lane`. To be made inside the event loop it will live in.

    `tls` is for private authorities; it is used as given but for ALPN. The other arguments are there to be
    made small in tests.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        per_origin: int = PER_ORIGIN,
        idle_for: float = IDLE_FOR,
        alive_for: float = ALIVE_FOR,
        resolution: float = RESOLUTION,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver or Resolver()
        self._dialler = Dialler(self._resolver, http_only(tls) if tls else public_tls())
        self._deadlines = Deadlines(resolution)
        self._per_origin = per_origin
        self._idle_for = idle_for
        self._alive_for = alive_for
        self._origins: dict[OriginKey, Origin] = {}
        self._closed = False

    async def open(self, request: Outgoing, timeouts: Timeouts) -> Exchange:
        """See `Lane.open`.

        A request that meets a resting connection the provider has just closed is sent once more, on a new
        connection: that race is the pool's affair, not the call's. Anything else is the caller's to decide.
        """
        target = locate(request.url, request.allow_private)
        head = encode(request, target)
        total_at = self._loop.time() + timeouts.total
        origin = self._origin(target.origin)
        connection = origin.take()
        if connection is None:
            connection = await self._connect(origin, timeouts, total_at, fresh=False)
        exchange = Exchange(request.method, timeouts, total_at, self._loop)
        reused = connection.used
        try:
            connection.bind(exchange)
            await exchange.run(connection, head, request.body)
        except UpstreamError:
            if not (reused and exchange.stale):
                raise
        else:
            return exchange
        return await self._once_more(request, timeouts, head, total_at)

    async def aclose(self) -> None:
        self._closed = True
        for origin in list(self._origins.values()):
            origin.close()
        self._deadlines.stop()
        await self._resolver.aclose()
        await asyncio.sleep(0)  # the sockets are closed in the next turn of the loop

    def load(self) -> Load:
        origins = self._origins.values()
        return Load(
            origins=len(origins),
            busy=sum(origin.held for origin in origins),
            idle=sum(origin.idle for origin in origins),
            waiting=sum(origin.waiting for origin in origins),
        )

    async def _once_more(
        self, request: Outgoing, timeouts: Timeouts, head: bytes, total_at: float
    ) -> Exchange:
        try:
            origin = self._origin(locate(request.url, request.allow_private).origin)
            connection = await self._connect(origin, timeouts, total_at, fresh=True)
            exchange = Exchange(request.method, timeouts, total_at, self._loop)
            connection.bind(exchange)
            await exchange.run(connection, head, request.body)
        except UpstreamError as error:
            error.sent = True  # the first time, perhaps
            raise
        return exchange

    async def _connect(
        self, origin: Origin, timeouts: Timeouts, total_at: float, *, fresh: bool
    ) -> Connection:
        """A place and a connection, at rest or new, within the connect timeout."""
        now = self._loop.time()
        until = min(total_at, now + timeouts.connect)
        try:
            async with asyncio.timeout_at(until):
                await origin.enter()
                try:
                    connection = None if fresh else origin.rouse()
                    return connection or await self._dial(origin, until)
                except BaseException:
                    origin.leave()
                    raise
        except TimeoutError:
            reason = "no connection to the provider in time"
            raise UpstreamError("timeout_connect", reason, sent=False) from None

    async def _dial(self, origin: Origin, until: float) -> Connection:
        self._refuse_closed()
        origin.make_room()
        connection = await self._dialler.dial(origin.key, lambda: Connection(origin, self._deadlines), until)
        if self._closed:
            connection.abort()
        if connection.ended:
            raise UpstreamError("connect", "the connection ended before it could be used", sent=False)
        origin.adopt(connection)
        return connection

    def _origin(self, key: OriginKey) -> Origin:
        origin = self._origins.get(key)
        if origin is None:
            self._refuse_closed()
            origin = self._origins[key] = Origin(
                key,
                cap=self._per_origin,
                idle_for=self._idle_for,
                alive_for=self._alive_for,
                emptied=self._forget,
            )
        return origin

    def _forget(self, origin: Origin) -> None:
        if self._origins.get(origin.key) is origin:
            del self._origins[origin.key]

    def _refuse_closed(self) -> None:
        if self._closed:
            raise UpstreamError("connect", "the lane is closed", sent=False)
