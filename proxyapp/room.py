"""Room for request bodies: how many bytes of them one process keeps at a time, and for whom.

A body is kept from its first byte until the call has its answer's beginning: until then another target may
have to be tried. Bodies up to `SMALL` are not counted: connections bound those.
"""

import asyncio

from proxyapp.errors import LimitReached, NotReady

SMALL = 64 * 1024
_RETRY_AFTER = 2
_UNPACKED_AT_ONCE = 2


class Room:
    """`total` bytes for everybody; no organization takes more than half of it."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self.unpacking = asyncio.Semaphore(_UNPACKED_AT_ONCE)
        """To be held while a large body is unpacked: how large it is, is only known afterwards."""
        self._by_owner: dict[int, int] = {}

    def lease(self, owner: int) -> "Lease":
        """Room for one body of the organization `owner`; nothing is taken yet."""
        return Lease(self, owner)

    def take(self, owner: int, size: int) -> None:
        """So many more bytes; NotReady or LimitReached where there is no room for them."""
        own = self._by_owner.get(owner, 0) + size
        if own > self.total // 2:
            raise LimitReached(
                "Your organization is sending more large requests at once than the gateway keeps in memory.",
                code="too_many_large_requests",
                hint="Send fewer of them at a time.",
                retry_after=_RETRY_AFTER,
            )
        if self.used + size > self.total:
            raise NotReady(
                "The gateway is receiving as many large requests as it can keep in memory.",
                code="gateway_busy",
                hint="Try again shortly.",
                retry_after=_RETRY_AFTER,
            )
        self.used += size
        self._by_owner[owner] = own

    def give_back(self, owner: int, size: int) -> None:
        self.used -= size
        left = self._by_owner[owner] - size
        if left:
            self._by_owner[owner] = left
        else:
            del self._by_owner[owner]


class Lease:
    """What one body takes; given back with the `with` block, or before."""

    __slots__ = ("_owner", "_size", "room")

    def __init__(self, room: Room, owner: int) -> None:
        self.room = room
        self._owner = owner
        self._size = 0

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def hold(self, size: int) -> None:
        """From now on the body takes `size` bytes; raises as `Room.take` does, and then nothing changes."""
        more = size - self._size
        if more > 0 and size > SMALL:
            self.room.take(self._owner, more)
        elif more < 0 and self._size:
            self.room.give_back(self._owner, -more)
        else:
            return
        self._size = size

    def release(self) -> None:
        self.hold(0)
