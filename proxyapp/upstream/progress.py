"""How far one call has come, told from within httpx.

httpx says little about a call before it is over. The socket that carries it knows more, and its coroutines
run in the call's own task: there they find the call's `Progress` in `CURRENT`.
"""

from contextvars import ContextVar
from typing import Protocol

from proxyapp.upstream.incoming import Incoming


class Line(Protocol):
    """The connection that carries the call; over HTTP/2 it carries others too."""

    carried: int  # calls so far, this one among them
    received: int  # bytes so far
    lost: bool  # the other side ended it
    multiplexed: bool  # it speaks HTTP/2

    def abort(self) -> None:
        """Cut it at once."""
        ...


class Progress:
    """Facts of one call. `Passage` adds the patience and the reader."""

    def __init__(self, method: bytes, connect_at: float) -> None:
        self.incoming = Incoming(method)  # the head of the answer, read by the fast lane's rules
        self.connect_at = connect_at  # loop time until which connecting may take
        self.dials = 0  # connections made for it
        self.line: Line | None = None
        self.sending = False  # a connection is there, the request may go
        self.sent = False  # some of it went
        self.reused = False  # the connection had carried other calls before
        self.refused = False  # the provider says that it did not look at the request
        self.plain = 0  # bytes received since the last piece of body
        self._before = 0  # bytes the connection had received when the request began

    @property
    def multiplexed(self) -> bool:
        """Whether it travels by HTTP/2."""
        return self.line is not None and self.line.multiplexed

    @property
    def unheard(self) -> bool:
        """Whether a connection used before brought nothing at all since the request began."""
        return self.line is not None and self.reused and self.line.received == self._before

    def attach(self, line: Line) -> None:
        """The first of the request is about to go out on `line`."""
        self.sent = True
        self.plain = 0
        self.line = line
        self.reused = line.carried > 0
        self._before = line.received
        line.carried += 1

    def begin(self) -> None:
        """Connecting is over: what is written from now on is the request."""
        self.sending = True

    def moved(self) -> None:
        """Some of the request was taken."""

    def waits(self) -> None:
        """All that came in is read; the next thing is up to the provider."""


CURRENT: ContextVar[Progress] = ContextVar("CURRENT")
