"""What the connections of one process share, and how long a client has taken nothing of what awaits it."""

import asyncio
import fcntl
import struct
import termios
from math import inf

from proxyapp.bounds import Bounds
from proxyapp.upstream.deadlines import Deadlines


class Door:
    """Counts them, and looks at each once a tick."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.open = 0
        self._deadlines: Deadlines | None = None

    @property
    def deadlines(self) -> Deadlines:
        """Made in the loop that serves."""
        if self._deadlines is None:
            self._deadlines = Deadlines()
        return self._deadlines


class Backlog:
    """What one client has still to take, in our buffer and in the kernel's, from look to look."""

    def __init__(self) -> None:
        self._bytes: float = inf  # at the last look
        self._since = 0.0

    def shrank(self) -> None:
        self._bytes = inf

    def stands_since(self, transport: asyncio.Transport, now: float, waits: bool) -> float:
        """For how many seconds not a byte of it has been taken; 0 where nobody `waits` for that."""
        untaken = _untaken_bytes(transport)
        if not (untaken and waits) or untaken < self._bytes:
            self._bytes = untaken or inf
            self._since = now
        return now - self._since


def _untaken_bytes(transport: asyncio.Transport) -> int:
    waiting = transport.get_write_buffer_size()
    if not waiting:
        return 0
    unacknowledged = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    return waiting + int(struct.unpack("i", unacknowledged)[0])
