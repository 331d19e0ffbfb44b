"""Proxies of two kinds, as scripts for a `Provider`: what a client says to them, and where they lead."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from .wire import Peer


async def relay(peer: Peer, port: int) -> None:
    """Bytes both ways until either side ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ways = [asyncio.create_task(_copy(peer.reader, writer)), asyncio.create_task(_copy(reader, peer.writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        writer.transport.abort()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()


@dataclass
class HttpProxy:
    """Leads every tunnel, and every plain request, to one port here; with a `login`, as it travels, only who
    has it.
    """

    port: int
    login: bytes = b""
    answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"
    asked: list[tuple[bytes, list[tuple[bytes, bytes]]]] = field(default_factory=list)

    async def __call__(self, peer: Peer) -> None:
        line, fields = await peer.head()
        self.asked.append((line, fields))
        if self.login and self.login not in [value for _, value in fields]:
            await peer.say(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            return
        if not line.startswith(b"CONNECT "):
            await self._forward(peer, line, fields)
            return
        await peer.say(self.answer)
        if b" 200 " in self.answer:
            await relay(peer, self.port)

    def values(self, name: bytes) -> list[bytes]:
        return [value for _, fields in self.asked for key, value in fields if key.lower() == name]

    async def _forward(self, peer: Peer, line: bytes, fields: list[tuple[bytes, bytes]]) -> None:
        size = next((int(value) for name, value in fields if name.lower() == b"content-length"), 0)
        body = await peer.reader.readexactly(size)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        kept = [field for field in fields if not field[0].lower().startswith(b"proxy-")]
        head = b"".join(b"%b: %b\r\n" % field for field in kept)
        writer.write(b"%b\r\n%bconnection: close\r\n\r\n%b" % (line, head, body))
        try:
            while data := await reader.read(65536):
                await peer.say(data)
        finally:
            writer.transport.abort()


@dataclass
class SocksProxy:
    """SOCKS5 (RFC 1928, RFC 1929); leads everything to one port here."""

    port: int
    login: tuple[bytes, bytes] | None = None
    reply: int = 0
    asked: list[tuple[bytes, int]] = field(default_factory=list)  # names and ports

    async def __call__(self, peer: Peer) -> None:
        _, count = await peer.reader.readexactly(2)
        methods = await peer.reader.readexactly(count)
        method = 2 if self.login else 0
        await peer.say(bytes([5, method if method in methods else 255]))
        if self.login and not await self._knows(peer):
            return
        _, _, _, kind = await peer.reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await peer.reader.readexactly(1))[0]
        name = await peer.reader.readexactly(size)
        port = int.from_bytes(await peer.reader.readexactly(2), "big")
        self.asked.append((name, port))
        await peer.say(bytes([5, self.reply, 0, 1, 127, 0, 0, 1, 0, 80]))
        if not self.reply:
            await relay(peer, self.port)

    async def _knows(self, peer: Peer) -> bool:
        _, size = await peer.reader.readexactly(2)
        name = await peer.reader.readexactly(size)
        (size,) = await peer.reader.readexactly(1)
        good = (name, await peer.reader.readexactly(size)) == self.login
        await peer.say(bytes([1, 0 if good else 1]))
        return good
