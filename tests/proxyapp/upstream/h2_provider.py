"""A provider that speaks HTTP/2: accepts connections and runs a script on each stream."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from proxyapp.upstream import Outgoing


class Stream:
    """One request, and what the script does about it."""

    def __init__(self, link: "Link", number: int, fields: list[tuple[bytes, bytes]]) -> None:
        self.link = link
        self.number = number
        self.fields = fields
        self.body = b""
        self.ended = asyncio.Event()  # the request is whole
        self.gone = asyncio.Event()  # the client has reset the stream, or the connection is over
        self.code: int | None = None  # of the client's reset
        self.sent = 0

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]

    def head(self, status: int = 200, *fields: tuple[bytes, bytes], end: bool = False) -> None:
        self.link.state.send_headers(self.number, [(b":status", b"%d" % status), *fields], end_stream=end)
        self.link.flush()

    async def say(self, data: bytes) -> None:
        """Send as fast as the client's windows allow."""
        while data and not self.gone.is_set():
            room = self.link.state.local_flow_control_window(self.number)
            if room:
                size = min(room, self.link.state.max_outbound_frame_size, len(data))
                self.link.state.send_data(self.number, data[:size])
                data = data[size:]
                self.sent += size
                await self.link.flushed()
            else:
                await self.link.news()

    def finish(self) -> None:
        self.link.state.end_stream(self.number)
        self.link.flush()

    def reset(self, code: int) -> None:
        self.link.state.reset_stream(self.number, code)
        self.link.flush()

    async def reset_seen(self) -> int | None:
        async with asyncio.timeout(5):
            await self.gone.wait()
        return self.code


Script = Callable[[Stream], Awaitable[None]]


class Link(asyncio.Protocol):
    """One accepted connection."""

    transport: asyncio.Transport

    def __init__(self, provider: "H2Provider") -> None:
        self.state = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, validate_outbound_headers=False, normalize_outbound_headers=False
            )
        )
        self.streams: dict[int, Stream] = {}
        self.closed = asyncio.Event()
        self._provider = provider
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def news(self) -> None:
        """Wait until something comes from the client."""
        self._news.clear()
        await self._news.wait()

    def flush(self) -> None:
        self.transport.write(self.state.data_to_send())

    async def flushed(self) -> None:
        self.flush()
        await self._room.wait()

    def go_away(self, last_stream: int, code: int = 0) -> None:
        """Announce the end, as a server does that still answers what it has begun."""
        frame = b"\0\0\x08\x07\0\0\0\0\0" + last_stream.to_bytes(4, "big") + code.to_bytes(4, "big")
        self.transport.write(self.state.data_to_send() + frame)

    async def gone(self) -> None:
        async with asyncio.timeout(5):
            await self.closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are so by shape, not by descent
        self._provider.links.append(self)
        self.state.local_settings = h2.settings.Settings(False, self._provider.settings)
        self.state.initiate_connection()
        if self._provider.is_leaving:
            self.go_away(0)
        elif not self._provider.is_slow:
            self.flush()

    def data_received(self, data: bytes) -> None:
        for event in self.state.receive_data(data):
            self._take(event)
        if not self.transport.is_closing():
            self.flush()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        for stream in self.streams.values():
            stream.gone.set()
        self._news.set()
        self._room.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            stream = Stream(self, event.stream_id, list(event.headers))
            self.streams[event.stream_id] = stream
            self._provider.start(stream)
        elif isinstance(event, h2.events.DataReceived):
            stream = self.streams[event.stream_id]
            stream.body += event.data
            if self._provider.takes_bodies:
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.streams[event.stream_id].ended.set()
        elif isinstance(event, h2.events.StreamReset):
            self.streams[event.stream_id].code = event.error_code
            self.streams[event.stream_id].gone.set()


@dataclass
class H2Provider:
    """``async with H2Provider(script, tls) as provider``: listens on loopback until the block ends."""

    script: Script
    tls: ssl.SSLContext
    settings: dict[h2.settings.SettingCodes, int] = field(default_factory=dict)
    takes_bodies: bool = True  # opens its windows for requests
    is_leaving: bool = False  # announces its end right at the beginning
    is_slow: bool = False  # tells its settings only when it is asked something
    port: int = 0
    streams: list[Stream] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def post(self, body: bytes = b"{}", path: str = "/v1/x", *headers: tuple[bytes, bytes]) -> Outgoing:
        url = f"https://localhost:{self.port}{path}"
        return Outgoing(b"POST", url, list(headers), body, allow_private=True)

    def get(self) -> Outgoing:
        return Outgoing(b"GET", f"https://localhost:{self.port}/", [], allow_private=True)

    def start(self, stream: Stream) -> None:
        self.streams.append(stream)
        self._tasks.add(asyncio.get_running_loop().create_task(self._play(stream)))

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self.tls.set_alpn_protocols(["h2"])
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for link in self.links:
            link.transport.abort()
        for outcome in outcomes:
            if isinstance(outcome, Exception) and error is None:
                raise outcome  # the script went wrong, and with it the test

    async def _play(self, stream: Stream) -> None:
        with suppress(h2.exceptions.StreamClosedError):  # the client went
            await self.script(stream)


async def echo(stream: Stream) -> None:
    await stream.ended.wait()
    stream.head(200, (b"content-type", b"text/plain"))
    await stream.say(stream.body)
    stream.finish()


def then_wait(*pieces: bytes) -> Script:
    """Begin an answer with these pieces, then keep silent until the client goes."""

    async def script(stream: Stream) -> None:
        stream.head()
        for piece in pieces:
            await stream.say(piece)
        await stream.gone.wait()

    return script
