"""A provider made of bytes: accepts connections and runs a script on each."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from proxyapp.upstream import Outgoing


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the provider saw it."""

    line: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name]


class Peer:
    """One accepted connection."""

    def __init__(
        self, server: "Provider", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self.number = len(server.peers)
        self.reader = reader
        self.writer = writer
        self.closed = asyncio.Event()  # the client is gone, or the script at its end

    async def head(self) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        text = await self.reader.readuntil(b"\r\n\r\n")
        line, *lines = text[:-4].split(b"\r\n")
        pairs = [entry.split(b": ", 1) for entry in lines]
        return line, [(name, value) for name, value in pairs]

    async def request(self) -> Received:
        line, fields = await self.head()
        size = next((int(value) for name, value in fields if name.lower() == b"content-length"), 0)
        received = Received(line, fields, await self.reader.readexactly(size))
        self._server.requests.append(received)
        return received

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Returns when the client has closed the connection, whichever way."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass

    async def gone(self) -> None:
        """Wait for the client's end of it; sooner than any patience in the tests would bring it about."""
        async with asyncio.timeout(5):
            await self.closed.wait()

    def cut(self) -> None:
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Provider:
    """``async with Provider(script) as provider``: listens on a loopback address until the block ends."""

    script: Script
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    requests: list[Received] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{self.host}:{self.port}"

    def post(self, body: bytes = b"{}", path: str = "/v1/x", *headers: tuple[bytes, bytes]) -> Outgoing:
        return Outgoing(b"POST", self.url + path, list(headers), body, allow_private=True)

    def get(self, path: str = "/") -> Outgoing:
        return Outgoing(b"GET", self.url + path, [], allow_private=True)

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and error is None:
                raise outcome  # the script went wrong, and with it the test

    def stop_listening(self) -> None:
        self._server.close()

    async def gone(self, number: int = 0) -> None:
        """Wait for the client's end of a connection, which may be accepted only after it was given up."""
        await until(lambda: len(self.peers) > number)
        await self.peers[number].gone()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = Peer(self, reader, writer)
        self.peers.append(peer)
        try:
            await self.script(peer)
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass  # the client went, or did not see that we go, or the test is over
        finally:
            peer.closed.set()
            writer.transport.abort()


async def until(holds: Callable[[], bool]) -> None:
    """Turn the loop until something shows; for what nobody tells."""
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to that")


def ok(body: bytes = b"ok", *headers: bytes) -> bytes:
    """A plain 200 of known length."""
    lines = [b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*pieces: bytes) -> bytes:
    """A chunked 200."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


def always(answer: bytes) -> Script:
    """Answer every request on the connection with these bytes."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(answer)

    return script


def once(answer: bytes) -> Script:
    """Answer one request, close in good order."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(answer)

    return script


def then_wait(answer: bytes) -> Script:
    """Answer one request with these bytes, then keep silent until the client goes."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(answer)
        await peer.until_closed()

    return script
