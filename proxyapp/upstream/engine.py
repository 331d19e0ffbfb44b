"""httpx, harnessed: one origin's connections, and calls upon them. The only module on the way of a call that
knows httpx.

It is httpx's transport that is used, not its client, which would add headers, keep cookies, heed the
environment and log URLs. httpcore beneath it is told to reach the network by way of `Duplex`.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import httpcore
import httpx

from proxyapp.upstream.connection import Connection
from proxyapp.upstream.dial import Dialler
from proxyapp.upstream.duplex import Duplex
from proxyapp.upstream.heads import Head, as_text
from proxyapp.upstream.lane import UpstreamError
from proxyapp.upstream.multiplex import Shared
from proxyapp.upstream.progress import CURRENT, Progress
from proxyapp.upstream.request import OriginKey

PIECE = 256 * 1024  # bytes of a request body handed on at once
DIALS = 16  # connections one call may make in vain: httpcore's pool would go on for ever

logging.getLogger("hpack").setLevel(logging.INFO)  # at DEBUG it logs headers, and with them keys
logging.getLogger("httpcore").setLevel(logging.INFO)


class Proxy:
    """An operator's proxy, ``http://`` or ``socks5://``, with user name and password where it wants them.

    ValueError, without repeating it, where `url` is something else.
    """

    def __init__(self, url: str) -> None:
        try:
            self.parsed = httpx.Proxy(url)
        except (ValueError, httpx.InvalidURL):
            raise ValueError("a proxy is given as a URL") from None
        if self.parsed.url.scheme not in ("http", "socks5") or not self.parsed.url.host:
            raise ValueError("a proxy is given as http://host:port or socks5://host:port")


class Means:
    """What all engines of a lane share."""

    def __init__(self, dialler: Dialler, tls: ssl.SSLContext, *, http2: bool, proxy: Proxy | None) -> None:
        self.dialler = dialler
        self.tls = tls
        self.http2 = http2
        self.proxy = proxy
        self.decoy = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for httpx to fiddle with


class Engine(httpcore.AsyncNetworkBackend):
    """Carries calls to one origin for a while. `cut` is its end."""

    def __init__(self, key: OriginKey, means: Means, idle_for: float) -> None:
        self.calls: set[Progress] = set()
        self.lines: set[Duplex] = set()
        self.born = asyncio.get_running_loop().time()
        self._key = key
        self._means = means
        self._idle_for = idle_for
        self._transport = httpx.AsyncHTTPTransport(
            verify=means.decoy,
            trust_env=False,
            http2=means.http2,
            limits=httpx.Limits(keepalive_expiry=idle_for),  # how many at once is the fleet's affair
            proxy=means.proxy.parsed if means.proxy else None,
        )
        self._transport._pool._network_backend = self

    @property
    def idle(self) -> int:
        """Connections that carry no call."""
        used = [call.line for call in self.calls]
        return sum(line not in used for line in self.lines)

    @asynccontextmanager
    async def exchange(
        self, method: bytes, head: Head, body: bytes, progress: Progress
    ) -> AsyncIterator[AsyncIterable[bytes]]:
        """Send a request; inside, its answer's head is in `progress`, and the body arrives. Errors are
        UpstreamErrors, also those that the body ends in.
        """
        self.calls.add(progress)
        response = None
        try:
            request = self._request(method, head, body)
            request.extensions["trace"] = partial(self._trace, progress)
            response = await self._transport.handle_async_request(request)
            self._check_head(response, progress)
            yield cast(httpx.AsyncByteStream, response.stream)
            self._check_rest(progress)
        except UpstreamError:
            raise
        except Exception:  # httpx lets through what h2, h11 and socksio raise
            raise self._explained(progress) from None
        finally:
            if response is not None:
                await response.aclose()
            self.calls.discard(progress)
            self._clear()

    def cut(self) -> None:
        """End every connection."""
        for line in list(self.lines):
            line.abort()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Duplex:
        """For httpcore. Direct calls are dialled by the origin's own key, TLS included; the proxy is the
        operator's choice, and may be anywhere.
        """
        progress = CURRENT.get()
        progress.dials += 1
        if progress.dials > DIALS:
            raise UpstreamError("connect", "the provider takes no calls on its connections", sent=False)
        key = OriginKey(False, host, port, True) if self._means.proxy else self._key
        made = cast(Callable[[], Connection], lambda: Duplex(self._means.tls, self._gone))
        line = cast(Duplex, await self._means.dialler.dial(key, made, progress.connect_at))
        if line.ended:
            raise UpstreamError("connect", "the connection ended before it could be used", sent=False)
        self.lines.add(line)
        progress.line = line
        return line

    def _request(self, method: bytes, head: Head, body: bytes) -> httpx.Request:
        request = httpx.Request(method.decode(), "", headers=head.fields, stream=_Body(body))
        request.url = _Exact(self._key, head.target)
        return request

    async def _trace(self, progress: Progress, event: str, info: dict[str, Any]) -> None:
        """What httpcore tells of a call."""
        if event == "http11.send_request_headers.started":
            if info["request"].method != b"CONNECT":  # that one is for the proxy
                progress.begin()
        elif event == "http2.send_connection_init.started":
            self._share()
            raise httpcore.ConnectionNotAvailable  # but another one is: the pool shall look again
        elif event.endswith(".start_tls.complete"):
            # Hoping for HTTP/2, httpcore has all calls wait for one connection; told better, it does not.
            self._transport._pool._http2 = info["return_value"].multiplexed
        elif event == "socks.setup_socks5_connection.failed" and progress.line is not None:
            progress.line.abort()  # httpcore does not when it is cancelled

    def _share(self) -> None:
        """Put our HTTP/2 in the place of httpcore's, which has not sent anything yet."""
        for connection in self._transport._pool.connections:
            holder, held = _unwrapped(connection)
            if isinstance(held, httpcore.AsyncHTTP2Connection):
                holder._connection = Shared(cast(Duplex, held._network_stream), self._idle_for)

    def _check_head(self, response: httpx.Response, progress: Progress) -> None:
        incoming = progress.incoming
        if progress.multiplexed:
            incoming.parse(as_text(response.status_code, response.headers.raw))
        if not incoming.status:
            raise UpstreamError("protocol", "the head of the provider's answer is out of bounds", sent=True)

    def _check_rest(self, progress: Progress) -> None:
        """An HTTP/1.1 connection with anything left on it would give the next call a wrong answer."""
        line = progress.line
        if not isinstance(line, Duplex) or line.multiplexed:
            return
        line.rest()
        for connection in self._transport._pool.connections:
            _, held = _unwrapped(connection)
            if isinstance(held, httpcore.AsyncHTTP11Connection) and held._network_stream is line:
                behind, _ = held._h11_state.trailing_data
                if behind or not line.is_clean():
                    line.abort()

    def _explained(self, progress: Progress) -> UpstreamError:
        if not progress.sending:
            return UpstreamError("connect", "no connection to the provider that could be used", sent=False)
        faulty = progress.incoming.faulty and not progress.incoming.status
        if progress.line is not None and progress.line.lost and not faulty:
            reason = "the provider closed the connection before the end of its answer"
            return UpstreamError("early_eof", reason, sent=progress.sent)
        reason = "the exchange with the provider broke the rules of HTTP"
        return UpstreamError("protocol", reason, sent=progress.sent)

    def _gone(self, line: Duplex) -> None:
        self.lines.discard(line)

    def _clear(self) -> None:
        """A call cancelled right after it connected leaves an HTTP/1.1 connection nobody will ever use."""
        if all(call.sending for call in self.calls):
            for line in list(self.lines):
                if not line.carried and not line.multiplexed:
                    line.abort()


class _Body(httpx.AsyncByteStream):
    """A request's body in pieces. With it given, httpx adds no header of its own."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if len(self._body) <= PIECE:
            if self._body:
                yield self._body
            return
        for start in range(0, len(self._body), PIECE):
            yield self._body[start : start + PIECE]


class _Exact(httpx.URL):
    """An address httpx shall not spell in its own way."""

    def __init__(self, key: OriginKey, target: bytes) -> None:
        super().__init__("")
        self._key = key
        self._target = target

    @property
    def raw_scheme(self) -> bytes:
        return b"https" if self._key.tls else b"http"

    @property
    def raw_host(self) -> bytes:
        return self._key.host.encode()

    @property
    def port(self) -> int:
        return self._key.port

    @property
    def raw_path(self) -> bytes:
        return self._target


def _unwrapped(connection: Any) -> tuple[Any, object]:
    """The HTTP/1.1 or HTTP/2 connection within httpcore's wrappers, and the wrapper that holds it."""
    holder, held = None, connection
    while (inner := getattr(held, "_connection", None)) is not None:
        holder, held = held, inner
    return holder, held
