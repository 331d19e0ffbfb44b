"""The seam between the gateway and whatever carries its calls to a provider.

Every lane promises the same, and one suite of tests holds all of them to it:

* what arrives is handed on as it arrives, body bytes unchanged;
* an answer that breaks off is an error, never a quiet end;
* nothing that was opened outlives the task that opened it;
* errors say what happened and hold no URL, host or key.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from proxyapp.road import DIRECT, Road

Kind = Literal[
    "address_forbidden",
    "dns",
    "connect",
    "tls",
    "timeout_connect",
    "timeout_first_byte",
    "timeout_idle",
    "timeout_total",
    "early_eof",
    "protocol",
    "too_large",
]


class UpstreamError(Exception):
    """A call that did not come to its orderly end.

    `kind` is for programs, the message for the log. `sent` says whether the request may have reached the
    provider, and with it whether trying elsewhere can be paid for twice.
    """

    def __init__(self, kind: Kind, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Patience in seconds. A lane may be late by up to a quarter of a second, never early.

    `connect` covers the wait for a free connection, DNS, TCP and TLS. `first_byte` runs from the last
    progress in sending the request to the end of the answer's head. `idle` is silence within the body; while
    the reader lags behind and the provider is held back, it does not run. `total` runs from `open` to the end
    of the body.
    """

    connect: float = 10.0
    first_byte: float = 120.0
    idle: float = 300.0
    total: float = 3600.0


class Outgoing(msgspec.Struct, frozen=True):
    """A request as it shall reach the provider.

    `url` is absolute (http or https), final, percent-encoded, without user name or fragment. `headers` are
    sent as given, except those that belong to the connection (host, content-length, connection and their
    kin), which the lane sets itself. `allow_private` permits addresses inside our own networks; behind a
    proxy it means nothing, since there the proxy decides what may be called. `road` is for `Lanes`; a lane is
    made for one and does not look at it.
    """

    method: bytes
    url: str
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    allow_private: bool = False
    road: Road = DIRECT

    def __repr__(self) -> str:
        return f"<Outgoing {self.method!r}, {len(self.body)} bytes>"  # headers and URL carry credentials


class Answer(Protocol):
    """What the provider said: the head is complete, the body arrives. For one reader at a time."""

    status: int
    headers: list[tuple[bytes, bytes]]  # names in lower case; what belongs to the connection is left out

    async def read(self) -> bytes | None:
        """All that has arrived since the last read, as soon as there is any; None at the orderly end."""
        ...

    async def read_all(self, limit: int) -> bytes:
        """The whole body; more than `limit` bytes is an UpstreamError ``too_large``."""
        ...

    def close(self) -> None:
        """Let go. A connection whose answer is complete is kept for the next call, any other is cut at once.

        Safe to call twice, and from another task than the reader's: a read that waits, or comes later, ends
        with an UpstreamError ``early_eof``.
        """
        ...


class Lane(Protocol):
    """Carries requests to providers. Lives in one event loop."""

    async def open(self, request: Outgoing, timeouts: Timeouts) -> Answer:
        """Send `request` and return when the head of its answer is there. Raises UpstreamError."""
        ...

    async def aclose(self) -> None:
        """Cut every connection. Answers still open end with an UpstreamError."""
        ...
