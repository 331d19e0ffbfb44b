"""From a target to a connection: resolve, check, connect, TLS."""

import asyncio
import errno
import ssl
from collections.abc import Callable

from proxyapp.upstream.addresses import all_public
from proxyapp.upstream.connection import Connection
from proxyapp.upstream.lane import UpstreamError
from proxyapp.upstream.request import OriginKey
from proxyapp.upstream.resolve import Resolver

ATTEMPTS = 4  # addresses of one name tried in turn


class Dialler:
    """Opens connections; the address that was checked is the address that is dialled."""

    __slots__ = ("_loop", "_resolver", "_tls")

    def __init__(self, resolver: Resolver, tls: ssl.SSLContext) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver
        self._tls = tls

    async def dial(self, key: OriginKey, make: Callable[[], Connection], until: float) -> Connection:
        """Connect. The caller sees to it that loop time `until` is kept; an address that is silent gets its
        share of what is left until then.
        """
        addresses = await self._resolver.resolve(key.host)
        if not key.allow_private and not all_public(addresses):
            raise UpstreamError("address_forbidden", "the provider's address is not a public one", sent=False)
        addresses = addresses[:ATTEMPTS]
        for left, address in zip(range(len(addresses) - 1, 0, -1), addresses, strict=False):
            share = (until - self._loop.time()) / (left + 1)
            try:
                async with asyncio.timeout(share):
                    return await self._connect(key, address, make)
            except OSError:  # among them TimeoutError, but no SSLError: that one is translated below
                continue
        try:
            return await self._connect(key, addresses[-1], make)
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "no code")
            reason = f"no connection to the provider ({code})"
            raise UpstreamError("connect", reason, sent=False) from None

    async def _connect(self, key: OriginKey, address: str, make: Callable[[], Connection]) -> Connection:
        try:
            _, connection = await self._loop.create_connection(
                make,
                address,
                key.port,
                ssl=self._tls if key.tls else None,
                server_hostname=key.host if key.tls else None,
            )
        except ssl.SSLError as error:
            reason = f"no TLS with the provider ({error.reason or 'no reason given'})"
            raise UpstreamError("tls", reason, sent=False) from None
        return connection


def public_tls() -> ssl.SSLContext:
    """Verify against the system's authorities."""
    return http_only(ssl.create_default_context())


def http_only(context: ssl.SSLContext) -> ssl.SSLContext:
    """Offer HTTP/1.1 and nothing else."""
    context.set_alpn_protocols(["http/1.1"])
    return context
