"""A synchronous httpx client for errands off the way of a call: webhooks, and the providers of media.

Names are resolved here, and the address that was checked is the one that is dialled: a name whose answer
changes between check and use gains nothing. Redirects are not followed unless asked for, and each hop is
checked then; the environment is not heeded. A client is made for one errand and knows when that must be over,
however slowly the other side speaks.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import httpcore
import httpx

from proxyapp.upstream.addresses import all_public

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
Lookup = Callable[[str, int], Sequence[AddressInfo]]
_DIALS = 3  # addresses of one name that are tried


class AddressRefused(Exception):
    """The name leads to an address that is not on the public internet; nothing was dialled."""


class TooMuch(Exception):
    """The answer is larger than it may be."""


FAILURES = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, AddressRefused, TooMuch)
"""All that an errand can fail with. Names that are no IDNA (``xn--``) are UnicodeErrors, not InvalidURL."""


def system_lookup(host: str, port: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def client(
    *,
    seconds: float,
    allow_private: bool = False,
    lookup: Lookup = system_lookup,
    authority: str = "",
    proxy: str = "",
    redirects: int = 0,
) -> httpx.Client:
    """A client for one errand of at most `seconds`.

    `authority` is PEM, believed in place of the system's. Behind a `proxy` the proxy resolves and connects,
    so that its own rules are the guard; itself it may be anywhere.
    """
    transport = httpx.HTTPTransport(verify=_tls(authority), trust_env=False, proxy=proxy or None)
    transport._pool._network_backend = _Pinned(
        time.monotonic() + seconds, allow_private or bool(proxy), lookup
    )
    return httpx.Client(
        transport=transport,
        trust_env=False,
        timeout=seconds,
        follow_redirects=redirects > 0,
        max_redirects=max(redirects, 1),
    )


def body_of(response: httpx.Response, most: int) -> bytes:
    """The body of a streamed response, or TooMuch where it is longer than `most` bytes."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            raise TooMuch
        parts.append(part)
    return b"".join(parts)


@cache
def _tls(authority: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority or None)


class _Pinned(httpcore.NetworkBackend):
    """Dials addresses that it has looked up and checked itself."""

    def __init__(self, until: float, allow_private: bool, lookup: Lookup) -> None:
        self._until = until
        self._allow_private = allow_private
        self._lookup = lookup
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port)[:_DIALS]:
            try:
                line = self._network.connect_tcp(address, port, _left(self._until))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Bounded(line, self._until)
        raise failed

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._lookup(host, port)
        except (OSError, UnicodeError) as error:  # a label too long for IDNA is a UnicodeError
            raise httpcore.ConnectError("the name cannot be resolved") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not self._allow_private and not all_public(addresses):
            raise AddressRefused("the address is not on the public internet")
        return addresses


class _Bounded(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond the end of the errand."""

    def __init__(self, line: httpcore.NetworkStream, until: float) -> None:
        self._line = line
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._line.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._line.write(buffer, _left(self._until))

    def close(self) -> None:
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._line.start_tls(ssl_context, server_hostname, _left(self._until))
        return _Bounded(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._line.get_extra_info(info)


def _left(until: float) -> float:
    """Seconds until then; ReadTimeout where it is past."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the errand took too long")
    return seconds
