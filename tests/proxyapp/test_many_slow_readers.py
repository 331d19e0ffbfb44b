"""500 clients that do not read, each of a stream of megabytes: the worker stays small and cuts them."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import cast, provider, purse, wire, worker
from tests.support.provider import EVENTS
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.worker import MEBIBYTE, Worker

CLIENTS = 500
STALL = 4
OPENING = b'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
TEXT = b"x" * 64_000
PIECE = b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"%b"}}\n\n' % TEXT
PIECES = 128  # 8 MB


class Flood:
    """A provider that streams 8 MB to everybody as fast as it may."""

    def __init__(self) -> None:
        self.open = self.begun = self.whole = self.taken = 0
        self._lock = threading.Lock()

    def play(self, to: socket.socket) -> None:
        self._count(open=1, begun=1)
        try:
            to.sendall(provider.head(200, EVENTS, (b"transfer-encoding", b"chunked")))
            to.sendall(provider.chunk(OPENING))
            for _ in range(PIECES):
                to.sendall(provider.chunk(PIECE))
                self._count(taken=len(PIECE))
            self._count(whole=1)
        finally:
            self._count(open=-1)

    def is_held_back(self) -> bool:
        """Everybody was served something, and no more is taken."""
        before = self.taken
        return self.begun == CLIENTS and not threading.Event().wait(0.3) and self.taken == before

    def _count(self, **more: int) -> None:
        with self._lock:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[Worker]:
    with worker.running(stack, TOLLGATE_STALL_SECONDS=STALL) as started:
        yield started


@contextmanager
def unread(gateway: Worker, issued: Issued, flood: Flood, clients: int) -> Iterator[list[socket.socket]]:
    """So many streamed calls of which nothing is read."""
    with ExitStack() as open_ones, provider.playing(flood.play) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        body = json.dumps(wire.body("anthropic", model, stream=True, ceiling=50)).encode()
        sent = worker.request("/v1/messages", wire.headers("anthropic", issued.secret), body)
        yield [open_ones.enter_context(gateway.connect(sent, room=16 * 1024)) for _ in range(clients)]


def test_it_works(gateway: Worker, issued: Issued) -> None:
    """Unbounded they would take 4 GB. Nobody reads a byte; all are cut, settled as having left, and freed."""
    flood, before, files = Flood(), gateway.memory(), gateway.files()
    with unread(gateway, issued, flood, CLIENTS):
        eventually(flood.is_held_back, seconds=60)
        assert flood.whole == 0
        assert gateway.memory() - before < 640 * MEBIBYTE
        eventually(lambda: flood.open == 0, seconds=60)
        eventually(lambda: purse.is_free(issued.key), seconds=30)
        eventually(lambda: gateway.files() <= files + 10)
        events = UsageEvent.platform.filter(key=issued.key)
        eventually(lambda: events.count() == CLIENTS, seconds=30)
        assert set(events.values_list("outcome", flat=True)) == {"client_left"}


def test_who_reads_slowly_is_not_cut(gateway: Worker, issued: Issued) -> None:
    """A little every second for twice as long as a client may take nothing."""
    flood = Flood()
    with unread(gateway, issued, flood, 1) as [client]:
        size = 0
        for _ in range(2 * STALL):
            threading.Event().wait(1)
            size += len(client.recv(100_000))
        while data := client.recv(MEBIBYTE):
            size += len(data)
            if size > PIECES * len(PIECE) + len(OPENING):
                break
    assert size > PIECES * len(PIECE)
    eventually(lambda: flood.whole == 1)
