"""A client that does not read: the provider has to wait, memory stays small, and leaving still works."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.accounts.models import User
from portal.embedded.leftovers import read_records
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, purse, wire
from tests.support.provider import EVENTS
from tests.support.stack import Stack
from tests.support.waiting import eventually

MEBIBYTE = 1024 * 1024
OPENING = b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
PIECE = b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"%b"}}\n\n' % (b"x" * 9_000)
PIECES = 10_000  # 90 MB


class Flood:
    """A provider that sends as fast as it may; `sent` pieces were taken from it so far."""

    def __init__(self) -> None:
        self.sent = 0
        self.cut = threading.Event()

    def play(self, to: socket.socket) -> None:
        try:
            to.sendall(
                provider.head(200, EVENTS, (b"transfer-encoding", b"chunked")) + provider.chunk(OPENING)
            )
            for _ in range(PIECES):
                to.sendall(provider.chunk(PIECE))
                self.sent += 1
        except OSError:
            self.cut.set()
            raise

    def is_held_back(self) -> bool:
        """Some was taken, and no more is."""
        before = self.sent
        return 0 < before < PIECES and not self.cut.wait(0.5) and self.sent == before


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@contextmanager
def unread(stack: Stack, issued: Issued, flood: Flood) -> Iterator[socket.socket]:
    """A streamed call of which nothing is read."""
    address = urlsplit(stack.base_url)
    with provider.playing(flood.play) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        body = json.dumps(wire.body("anthropic", model, stream=True)).encode()
        lines = [f"{name}: {value}" for name, value in wire.headers("anthropic", issued.secret).items()]
        top = "\r\n".join(["POST /v1/messages HTTP/1.1", "host: x", f"content-length: {len(body)}", *lines])
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            connection.connect((address.hostname, address.port))
            connection.sendall(top.encode() + b"\r\n\r\n" + body)
            yield connection


def memory_peak(stack: Stack) -> int:
    """Most bytes that any web worker has ever occupied."""
    records = read_records(stack.data / "run" / "processes.json")
    found = [Path(f"/proc/{web.pid}/status").read_text() for web in records if web.name.startswith("web-")]
    return max(int(status.partition("VmHWM:")[2].split()[0]) * 1024 for status in found)


def test_it_works(stack: Stack, issued: Issued) -> None:
    flood, before = Flood(), memory_peak(stack)
    with unread(stack, issued, flood):
        eventually(flood.is_held_back)
    assert memory_peak(stack) - before < 16 * MEBIBYTE


def test_leaving_stops_the_provider_and_frees_the_hold(stack: Stack, issued: Issued) -> None:
    flood = Flood()
    with unread(stack, issued, flood):
        eventually(flood.is_held_back)
    assert flood.cut.wait(1)
    event = bills.of(issued.key)
    assert event.outcome == "client_left"
    eventually(lambda: purse.is_free(issued.key), seconds=1)


def test_a_revoked_key_stops_the_provider_though_nobody_reads(
    stack: Stack, issued: Issued, alice: User
) -> None:
    flood = Flood()
    with unread(stack, issued, flood):
        eventually(flood.is_held_back)
        cast.revoke(issued.key, alice)
        assert flood.cut.wait(2)
        assert bills.of(issued.key).outcome == "interrupted"


def test_who_reads_on_gets_it_all(stack: Stack, issued: Issued) -> None:
    flood, size = Flood(), 0
    with unread(stack, issued, flood) as connection:
        eventually(flood.is_held_back)
        while size < PIECES * len(PIECE):
            data = connection.recv(MEBIBYTE)
            assert data
            size += len(data)
    assert flood.sent == PIECES
