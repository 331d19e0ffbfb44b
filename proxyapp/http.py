"""One request and one reply over raw ASGI, and which headers may cross the gateway."""

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from math import inf
from typing import Any
from urllib.parse import parse_qs

import zstandard

from proxyapp.errors import BodyTooLarge, InvalidRequest, UnsupportedEncoding
from proxyapp.room import Lease

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

_ON_LOOP = 256 * 1024  # bytes, packed or unpacked, above which unpacking would hold up every other stream
_MOST_ENCODINGS = 2
_SMALL_BODY = 16 * 1024
_MOMENT = 0.5
_WHOLE_BODY = 600.0  # seconds; 32 MB at 55 kB a second
_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade".split()
)
# Ours to set, the client's own secrets, or what tells the provider about the client's network.
_NOT_FORWARDED = _HOP_BY_HOP | frozenset(
    b"host content-length content-encoding accept-encoding expect authorization x-api-key x-goog-api-key "
    b"api-key x-auth-token cookie forwarded via x-real-ip x-client-ip x-cluster-client-ip true-client-ip "
    b"origin referer openai-organization openai-project openai-platform x-goog-user-project".split()
)
_NOT_FORWARDED_PREFIXES = (b"x-forwarded-", b"cf-", b"sec-", b"x-gateway-")
# Everything else a provider says about itself (cookies, organization, request ids, limits) stays here.
_PASSED_BACK = frozenset((b"content-type", b"x-codex-turn-state"))


class Arrival:
    """What a server may tell in a scope: whether all of the request is here. No part of the server, lest
    scope and connection keep each other alive.
    """

    __slots__ = ("whole",)

    NAME = "tollgate.arrival"
    """Of the extension of a scope which it is."""

    def __init__(self) -> None:
        self.whole = False


_UNKNOWN = Arrival()


class ClientGone(Exception):
    """The client left before its request was whole."""


class Request:
    """A client's request. The body is read once, unpacked, and bounded while it is read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope.get("query_string", b"").decode("latin-1")
        self.headers: list[Header] = scope["headers"]
        self._receive = receive
        extensions = scope.get("extensions") or {}
        self._arrival: Arrival = extensions.get(Arrival.NAME, _UNKNOWN)

    def header(self, name: bytes) -> str:
        """The first value of a header, or empty."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return ""

    def only(self, name: bytes) -> str:
        """The value of a header that may be given once, or empty; InvalidRequest where there are several."""
        values = [value for key, value in self.headers if key == name]
        if len(values) > 1:
            raise InvalidRequest(f"The header '{name.decode()}' is given more than once.")
        return values[0].decode("latin-1") if values else ""

    def parameter(self, name: str) -> str:
        return parse_qs(self.query).get(name, [""])[0] if name in self.query else ""

    async def body(self, limit: int, idle: float, lease: Lease) -> bytes:
        """The whole body, unpacked, kept in the room that is leased for it.

        BodyTooLarge, InvalidRequest (408 where nothing of it came for `idle` seconds, or it took ten
        minutes), UnsupportedEncoding, ClientGone, or what the lease says.
        """
        announced = self.header(b"content-length")
        if announced.isdecimal() and int(announced) > limit:
            raise _too_large(limit)
        packed = await self._read(limit, idle, lease)
        for encoding in reversed(_encodings(self.header(b"content-encoding"))):
            packed = await _unpacked(packed, encoding, limit, lease)
        return packed

    async def small_body(self) -> bytes:
        """What has come of a small, plain body within a moment; for who will be refused anyway."""
        announced = self.header(b"content-length")
        if not announced.isdecimal() or not 0 < int(announced) <= _SMALL_BODY:
            return b""
        parts: list[bytes] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT):
                more = True
                while more:
                    message = await self._receive()
                    parts.append(message.get("body", b""))
                    more = message.get("more_body", False)
        return b"".join(parts)

    async def gone(self) -> None:
        """Returns once the client has left."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def forwarded(self) -> list[Header]:
        """The client's headers that travel upstream: never its credentials, cookies or hop-by-hop headers."""
        named = {
            word.strip().lower()
            for key, value in self.headers
            if key == b"connection"
            for word in value.split(b",")
        }
        return [(key, value) for key, value in self.headers if key not in named and _travels(key)]

    async def _read(self, limit: int, idle: float, lease: Lease) -> bytes:
        if self._arrival.whole:
            return await self._pieces(limit, lease)
        loop = asyncio.get_running_loop()
        last = loop.time() + _WHOLE_BODY
        try:
            async with asyncio.timeout(idle) as patience:
                return await self._pieces(
                    limit, lease, lambda: patience.reschedule(min(loop.time() + idle, last))
                )
        except TimeoutError:
            raise InvalidRequest(
                f"The request body stopped arriving: nothing came for {idle:g} s, or it took too long.",
                hint="Send it again.",
                code="request_timeout",
                status=408,
                retry_after=1,
            ) from None

    async def _pieces(self, limit: int, lease: Lease, go_on: Callable[[], object] = bool) -> bytes:
        """The body as it comes; `go_on` is called between two pieces."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise _too_large(limit)
            lease.hold(size)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)
            go_on()


class Reply:
    """The answer to one request; every one carries the trace id."""

    def __init__(self, send: Send, trace_id: str) -> None:
        self._send = send
        trace = trace_id.encode()
        self._always = [(b"x-trace-id", trace), (b"x-request-id", trace), (b"request-id", trace)]
        self.status = 0
        self.quiet_since = 0.0  # loop time; 0: something has just gone out; inf: something is going out

    @property
    def started(self) -> bool:
        return self.status != 0

    def say(self, name: bytes, value: bytes) -> None:
        """A header for this answer, whatever it will be."""
        self._always.append((name, value))

    async def whole(self, status: int, headers: list[Header], body: bytes) -> None:
        await self.start(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self.end(body)

    async def start(self, status: int, headers: list[Header]) -> None:
        self.status = status
        self.quiet_since = inf
        await self._send(self._start(status, headers))
        self.quiet_since = 0.0

    async def part(self, data: bytes) -> None:
        self.quiet_since = inf
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
        self.quiet_since = 0.0

    async def end(self, data: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    def start_now(self, status: int, headers: list[Header]) -> bool:
        """Start at once; False, and nothing is sent, where the client does not take what it has."""
        sent = self._send_now(self._start(status, headers))
        self.status = status if sent else 0
        return sent

    def part_now(self, data: bytes) -> bool:
        """The same for a part. Between these and the other calls nothing of another answer comes."""
        return self._send_now({"type": "http.response.body", "body": data, "more_body": True})

    def _start(self, status: int, headers: list[Header]) -> Message:
        return {"type": "http.response.start", "status": status, "headers": [*headers, *self._always]}

    def _send_now(self, message: Message) -> bool:
        """A server sends either without waiting, or waits before it sends: then it is stopped from it."""
        sending = self._send(message).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        sending.close()
        return False


def passed_back(headers: list[Header]) -> list[Header]:
    """A provider's headers that reach the client."""
    return [(key, value) for key, value in headers if key in _PASSED_BACK]


def _travels(name: bytes) -> bool:
    return name not in _NOT_FORWARDED and not name.startswith(_NOT_FORWARDED_PREFIXES)


def _encodings(header: str) -> list[str]:
    if not header:
        return []
    words = [word.strip().lower() for word in header.split(",")]
    named = [word for word in words if word and word != "identity"]
    if len(named) > _MOST_ENCODINGS:
        raise UnsupportedEncoding(f"The body is packed {len(named)} times over.", hint="Pack it once.")
    return named


async def _unpacked(data: bytes, encoding: str, limit: int, lease: Lease) -> bytes:
    if len(data) <= _ON_LOOP:
        with contextlib.suppress(BodyTooLarge):
            unpacked = _unpack(data, encoding, min(limit, _ON_LOOP))
            lease.hold(len(unpacked))
            return unpacked
    async with lease.room.unpacking:
        unpacked = await asyncio.to_thread(_unpack, data, encoding, limit)
    lease.hold(len(unpacked))
    return unpacked


def _unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """Unpacked to at most `limit` bytes: a small body that grows without bound is refused half way."""
    try:
        match encoding:
            case "gzip" | "x-gzip":
                unpacker = zlib.decompressobj(wbits=31)
                unpacked = unpacker.decompress(data, limit + 1)
                whole = unpacker.eof
            case "deflate":
                # Both spellings are in use: with the zlib header as the standard says, and without.
                unpacker = zlib.decompressobj(wbits=15 if data[:1] == b"\x78" else -15)
                unpacked = unpacker.decompress(data, limit + 1)
                whole = unpacker.eof
            case "zstd":
                reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
                    data, read_across_frames=True
                )
                unpacked = reader.read(limit + 1)
                whole = True
            case _:
                raise UnsupportedEncoding(
                    f"The content-encoding {encoding!r} is not understood.",
                    hint="Send the body as it is, or packed with gzip, deflate or zstd.",
                )
    except (zlib.error, zstandard.ZstdError):
        raise InvalidRequest(f"The body is not valid {encoding}.", code="invalid_encoding") from None
    if len(unpacked) > limit:
        raise _too_large(limit)
    if not whole:
        raise InvalidRequest(f"The {encoding} body is cut off.", code="invalid_encoding")
    return unpacked


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The request is larger than {limit // 2**20} MB.",
        hint="Send less context, or smaller images.",
        limit_bytes=limit,
    )
