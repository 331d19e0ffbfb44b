"""A client's connection: uvicorn's, with bounds on what it may keep waiting, and on what it may make grow.

uvicorn parses and answers; this only watches what asyncio and httptools tell it on the way, and is looked at
once a `tick`. On the usual path that costs one search in the head of a request, and no timer.
"""

import asyncio
from math import inf
from typing import Any, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from proxyapp.bounds import DRAIN_SECONDS, DRAINED, FIELDS, HEAD, TARGET
from proxyapp.door import Backlog, Door
from proxyapp.error_answers import refusal
from proxyapp.errors import GatewayError, HeadTooLarge, InvalidRequest, NotReady, TargetTooLong
from proxyapp.http import Arrival
from proxyapp.protocols import endpoints
from proxyapp.protocols.base import Codec
from proxyapp.usage import new_call_id
from proxyapp.websocket.connection import is_handshake

_END = b"\r\n\r\n"
_OVERFLOW = 64  # connections beyond the most that are told so; those beyond them are cut
_OVERFLOW_SECONDS = 2.0


class ClientConnection(HttpToolsProtocol):
    """One connection, from accept to close."""

    def __init__(self, door: Door, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slot = 0
        self._door = door
        self._overflow = False  # there are too many: it is only told so
        self._head = bytearray()  # of a request whose head is not complete
        self._awaits_head_until = inf
        self._in_head = False
        self._in_body = False
        self._plain = 0  # bytes since the last piece of body
        self._stray = 0  # bytes of a body that came after its answer
        self._quiet_since = 0.0  # loop time since when nothing of a body came
        self._backlog = Backlog()
        self._arrival = Arrival()
        self._extensions: Any = {Arrival.NAME: self._arrival}
        self._to_socket = False  # the request whose head has just come is a WebSocket's handshake
        self._look_at = 0.0

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        door, now = self._door, self.loop.time()
        door.open += 1
        over = door.open - door.bounds.connections
        self._overflow = over > 0
        if over > _OVERFLOW:
            self.transport.abort()
            return
        self._awaits_head_until = now + (_OVERFLOW_SECONDS if over > 0 else door.bounds.head_seconds)
        self._look_at = now + door.bounds.tick
        door.deadlines.watch(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave_door()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is another one's, which is counted in its place."""
        self._leave_door()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        if self._in_body:
            self._quiet_since = 0.0
            if self.cycle.response_complete and not self._drains(len(data)):
                return
            self._plain += len(data)
            super().data_received(data)
            if self._in_head:
                self._began_unweighed(len(data))
            elif self._plain > HEAD:  # trailers without end, or one that has none
                self.transport.abort()
            return
        if (refused := self._weigh(data)) is not None:
            self._refuse(refused, data)
            return
        super().data_received(data)

    def resume_writing(self) -> None:
        self._backlog.shrank()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What breaks the rules of HTTP is refused in words; uvicorn says `msg`, even in mid-answer."""
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
            return
        broken = "This is no valid HTTP/1.1 request, or it was sent before the previous one was answered."
        self._say(InvalidRequest(broken, hint="Send one request at a time."), b"POST " + (self.url or b""))

    # What the parser calls

    def on_message_begin(self) -> None:
        """A second request before the first is answered would take memory and wait: nobody needs that."""
        if self.cycle is not None and not self.cycle.response_complete:
            raise InvalidRequest("Requests are not taken before the previous one is answered.")
        self._in_head = True
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        self._awaits_head_until = inf
        self._in_head = False
        self._in_body = True
        self._arrival.whole = False
        self._plain = 0
        self._stray = 0
        self._quiet_since = 0.0
        self._to_socket = self.parser.should_upgrade() and self._shakes_hands()
        super().on_headers_complete()
        self.headers = []  # a trailer is none of the headers that have just been handed on

    def on_body(self, body: bytes) -> None:
        self._plain = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._arrival.whole = True
        super().on_message_complete()

    def _should_upgrade(self) -> bool:
        return self._to_socket

    def _unsupported_upgrade_warning(self) -> None:
        """It is answered, in words."""

    # What the deadlines call

    def due(self) -> float:
        return self._look_at

    def expire(self) -> None:
        """Look at it; what is in order is looked at again a tick later."""
        now = self.loop.time()
        if now >= self._awaits_head_until:
            self._give_up_head()
        elif (self._in_body and self._is_quiet(now)) or self._takes_nothing(now):
            self.transport.abort()
        self._look_at = now + self._door.bounds.tick
        self._door.deadlines.watch(self)

    @property
    def is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _leave_door(self) -> None:
        self._door.open -= 1
        self._look_at = inf
        self._door.deadlines.forget(self)

    def _shakes_hands(self) -> bool:
        """Whether this is a handshake that will be understood, where a WebSocket is spoken."""
        path = unquote(self.url.split(b"?", 1)[0].decode("latin-1"))
        asked = self._get_upgrade() == b"websocket" and self.parser.get_method() == b"GET"
        return asked and is_handshake(path, self.headers)

    def _began_unweighed(self, size: int) -> None:
        """A head has begun behind the rest of a body, in one piece of `size` bytes."""
        self._awaits_head_until = self.loop.time() + self._door.bounds.head_seconds
        if size > HEAD:
            self.transport.abort()

    def _weigh(self, data: bytes) -> GatewayError | None:
        """What is wrong with the size of the head that `data` goes on with; usually it is all of it."""
        end = data.find(_END)
        if not self._head and not self._overflow and 0 <= end <= TARGET:
            return None if data.count(b"\n", 0, end) <= FIELDS else _too_many_fields()
        return self._weigh_part(data)

    def _weigh_part(self, data: bytes) -> GatewayError | None:
        if self._overflow:
            return NotReady(
                "The gateway has as many connections as it takes.",
                code="gateway_busy",
                hint="Try again shortly, and reuse connections.",
                retry_after=2,
            )
        head = self._head
        end = self._end_with(data)
        size = len(head) if end < 0 else end
        if size > TARGET and head.find(b"\r\n", 0, TARGET) < 0:
            return TargetTooLong(f"The address is longer than {TARGET // 1024} kB.")
        if size > HEAD:
            return HeadTooLarge(f"The request's headers are larger than {HEAD // 1024} kB.")
        if head.count(b"\n", 0, size) > FIELDS:
            return _too_many_fields()
        if end >= 0:
            head.clear()
        elif self._awaits_head_until == inf:
            self._awaits_head_until = self.loop.time() + self._door.bounds.head_seconds
        return None

    def _end_with(self, data: bytes) -> int:
        """Add to the head; where it ends, or -1."""
        start = max(0, len(self._head) - len(_END) + 1)
        self._head += data
        return self._head.find(_END, start)

    def _drains(self, size: int) -> bool:
        """Whether the rest of a body that was refused is still read, so that its sender comes to reading."""
        self._stray += size
        if self._stray <= DRAINED:
            return True
        self.transport.close()
        return False

    def _give_up_head(self) -> None:
        if not self._head:
            self.transport.close()  # opened in advance and not used: there is nothing to say
            return
        seconds = self._door.bounds.head_seconds
        self._refuse(
            InvalidRequest(
                f"The request's headers did not arrive within {seconds:g} s.",
                code="request_timeout",
                status=408,
                retry_after=1,
            )
        )

    def _refuse(self, error: GatewayError, data: bytes = b"") -> None:
        """Answer instead of the application, in the skin of the path where that has come."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()  # in the middle of another answer nothing can be said
            return
        self._say(error, bytes(self._head[: TARGET + 1]) or data)

    def _say(self, error: GatewayError, start: bytes) -> None:
        """The answer to a request that begins so; and close."""
        call_id = new_call_id()
        status, headers, body = refusal(_skin(start), error.problem, call_id)
        headers += [
            (b"content-length", b"%d" % len(body)),
            (b"x-trace-id", call_id.encode()),
        ]
        if (b"connection", b"close") not in headers:
            headers.append((b"connection", b"close"))
        lines = b"".join(b"%b: %b\r\n" % field for field in headers)
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self.transport.close()

    def _is_quiet(self, now: float) -> bool:
        """Whether nothing of a body has come for so long that whoever waits for it has given up, too."""
        if not self._quiet_since or self.flow.read_paused:
            self._quiet_since = now
        limit = DRAIN_SECONDS if self.cycle.response_complete else self._door.bounds.stall_seconds
        return now - self._quiet_since >= limit

    def _takes_nothing(self, now: float) -> bool:
        waits = self.flow.write_paused or self.transport.is_closing()
        return self._backlog.stands_since(self.transport, now, waits) >= self._door.bounds.stall_seconds


def _skin(start: bytes) -> Codec:
    """Whose errors are spoken where a request begins so."""
    words = start[:TARGET].split(b"\r\n", 1)[0].split(b" ")
    path = words[1].split(b"?", 1)[0].decode("latin-1") if len(words) > 1 else ""
    return (endpoints.match("POST", path) or endpoints.NOWHERE).codec


def _too_many_fields() -> HeadTooLarge:
    return HeadTooLarge(f"The request has more than {FIELDS} headers.")
