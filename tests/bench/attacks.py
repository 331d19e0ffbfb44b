"""`python -m tests.bench.attacks NAME URL KEY`: one tenant's bad manners, kept up until it is ended.

Prints a line when they are in full swing. Gives way to everybody else on its core: what is measured is what
the gateway does, not what this takes from the load generator.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from tests.bench import bodies, machine

SLOW_READERS = 500
IDLE = 5_000
SENDERS = 4
BODY = 4_000_000
BODY_PAUSE = 1.0  # seconds between two bodies of one sender
FLOODERS = 20
FLOOD_PAUSE = 0.05  # seconds between two keys of one flooder: 400 a second in all
_LONG_STREAM = 100_000  # chunks: many megabytes
_NICE = 10
_PING = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


class Attack:
    """What all of them need: where to, and with whose key."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "", parts.port or 0)
        self._key = key

    def request(self, body: bytes, key: str = "") -> bytes:
        head = (
            f"POST {bodies.PATHS['chat']} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {key or self._key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def connect(self) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        made.connect(self.address)
        return made

    async def repeat(self, request: bytes, pause: float) -> None:
        """Send it, read the answer, rest, and again; on a fresh connection where the old one was closed."""
        while True:
            reader, writer = await asyncio.open_connection(*self.address)
            try:
                while True:
                    writer.write(request)
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length:")[2].split()[0])
                    await reader.readexactly(length)
                    await asyncio.sleep(pause)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(pause)
            finally:
                writer.close()


async def slow_readers(attack: Attack) -> None:
    """Streams of megabytes of which nothing is read."""
    request = attack.request(bodies.body("chat", 400, chunks=_LONG_STREAM))
    held = [attack.connect() for _ in range(SLOW_READERS)]
    for connection in held:
        connection.sendall(request)
    for connection in held:
        await asyncio.to_thread(connection.recv, 1)
    await _go_on()


async def idle_connections(attack: Attack) -> None:
    """Connections that ask for something once, and then wait."""
    held = [attack.connect() for _ in range(IDLE)]
    for connection in held:
        connection.sendall(_PING)
        connection.recv(4_096)
    await _go_on()


async def large_bodies(attack: Attack) -> None:
    request = attack.request(bodies.body("chat", BODY))
    await _go_on(*(attack.repeat(request, BODY_PAUSE) for _ in range(SENDERS)))


async def invalid_keys(attack: Attack) -> None:
    request = attack.request(bodies.body("chat", 2_000), key="sk_" + "x" * 48)
    await _go_on(*(attack.repeat(request, FLOOD_PAUSE) for _ in range(FLOODERS)))


ATTACKS: dict[str, Callable[[Attack], Coroutine[Any, Any, None]]] = {
    work.__name__: work for work in (slow_readers, large_bodies, invalid_keys, idle_connections)
}


async def _go_on(*work: Coroutine[Any, Any, None]) -> None:
    print("ready", flush=True)
    await asyncio.gather(asyncio.Event().wait(), *work)


def main(name: str, url: str, key: str) -> None:
    os.nice(_NICE)
    machine.allow_many_files()
    asyncio.run(ATTACKS[name](Attack(url, key)))


if __name__ == "__main__":
    main(*sys.argv[1:])
