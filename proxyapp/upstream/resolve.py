"""Names to addresses, remembered for a while.

The caller dials the addresses it got here and checked, never the name again, so that a name whose answer
changes between check and use gains nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from proxyapp.upstream.lane import UpstreamError

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
Lookup = Callable[[str], Awaitable[Sequence[AddressInfo]]]

TTL = 30.0  # seconds; getaddrinfo does not tell the record's own
LIMIT = 1024  # names


async def system_lookup(host: str) -> Sequence[AddressInfo]:
    """Ask the system in a thread of the loop's executor."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)


class Resolver:
    """A bounded cache over `lookup`; callers who ask for the same name at once share one question."""

    __slots__ = ("_asked", "_known", "_limit", "_lookup", "_loop", "_ttl")

    def __init__(self, lookup: Lookup = system_lookup, *, ttl: float = TTL, limit: int = LIMIT) -> None:
        self._lookup = lookup
        self._loop = asyncio.get_running_loop()
        self._ttl = ttl
        self._limit = limit
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asked: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """At least one address, in the system's order of preference, or an UpstreamError ``dns``."""
        entry = self._known.get(host)
        if entry is not None and entry[0] > self._loop.time():
            return entry[1]
        task = self._asked.get(host)
        if task is None:
            task = self._asked[host] = self._loop.create_task(self._ask(host))
            task.add_done_callback(_look_at)
        try:
            return await asyncio.shield(task)  # others may be waiting for it too
        except asyncio.CancelledError:
            if task.cancelled() and not _is_cancelled():
                raise UpstreamError("dns", "the resolver was closed", sent=False) from None
            raise

    async def aclose(self) -> None:
        """Give up what is still being asked."""
        tasks = list(self._asked.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, host: str) -> tuple[str, ...]:
        try:
            found = await self._lookup(host)
        except (OSError, UnicodeError):  # a label too long for IDNA is a UnicodeError
            found = ()
        finally:
            del self._asked[host]
        addresses = tuple(dict.fromkeys(str(info[4][0]) for info in found))
        if not addresses:
            raise UpstreamError("dns", "the provider's name could not be resolved", sent=False)
        self._remember(host, addresses)
        return addresses

    def _remember(self, host: str, addresses: tuple[str, ...]) -> None:
        self._known.pop(host, None)  # re-inserted at the young end
        if len(self._known) >= self._limit:
            del self._known[next(iter(self._known))]
        self._known[host] = (self._loop.time() + self._ttl, addresses)


def _is_cancelled() -> bool:
    """Whether it is the current task that is being cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _look_at(task: asyncio.Task[tuple[str, ...]]) -> None:
    """Where every caller left before the answer came, nobody else fetches the error."""
    if not task.cancelled():
        task.exception()
