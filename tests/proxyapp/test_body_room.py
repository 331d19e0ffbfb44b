"""Bodies have a room of their own: when it is full large ones come back later; small ones do not notice."""

import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from proxyapp.errors import LimitReached, NotReady
from proxyapp.room import SMALL, Room
from tests.support import cast, wire, worker
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.worker import MEBIBYTE, Worker

ROOM = 64  # MB
LARGE = 16 * MEBIBYTE


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[Worker]:
    with worker.running(stack, TOLLGATE_BODY_MEMORY_MB=ROOM, TOLLGATE_BODY_SECONDS=45) as started:
        yield started


def large(key: str, protocol: str = "anthropic") -> bytes:
    """A call of 16 MB, but for its last byte."""
    path = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions"}[protocol]
    return worker.request(path, wire.headers(protocol, key), b" " * (LARGE - 1), LARGE)


def held(gateway: Worker, sent: bytes) -> socket.socket:
    """A connection on which that was sent and has been read, and more is waited for."""
    connection = gateway.connect(sent)
    eventually(lambda: gateway.has_read(connection), seconds=30)
    return connection


def sending(gateway: Worker, sent: bytes) -> socket.socket:
    """A connection on which that is sent, as far as the gateway takes it."""
    connection = gateway.connect()
    with suppress(ConnectionError):
        connection.sendall(sent)
    return connection


def small(key: str, model: str) -> bytes:
    body = json.dumps(wire.body("anthropic", model)).encode()
    return worker.request("/v1/messages", wire.headers("anthropic", key) | {"connection": "close"}, body)


def test_it_works(gateway: Worker, key: str, acme: Organization, globex: Organization, charlie: User) -> None:
    """Twenty of 16 MB: two of each tenant wait for their last byte, all others are told to come back."""
    before, model, other = gateway.memory(), offer("anthropic"), cast.key(globex, charlie)
    with ExitStack() as opened:
        waiting = [opened.enter_context(held(gateway, large(secret))) for secret in (key, key, other, other)]
        for secret in (key, other) * 8:
            head = worker.read_answer(opened.enter_context(sending(gateway, large(secret))))
            assert head.startswith(b"HTTP/1.1 429 ")
            assert b"retry-after: " in head
            assert b"too_many_large_requests" in head
        assert gateway.memory() - before < 4 * ROOM * MEBIBYTE
        assert gateway.ask(small(key, model)).startswith(b"HTTP/1.1 200 ")
        for connection in waiting:
            connection.sendall(b"x")
            assert worker.read_answer(connection).startswith(b"HTTP/1.1 400 ")


def test_a_third_tenant_is_told_that_the_gateway_is_busy(
    gateway: Worker, bob: User, alice: User, charlie: User, globex: Organization
) -> None:
    third = cast.organization("Initech", owner=bob)
    keys = [cast.key(cast.organization("Umbrella", owner=alice), alice), cast.key(globex, charlie)]
    with ExitStack() as opened:
        for secret in keys * 2:
            opened.enter_context(held(gateway, large(secret)))
        with sending(gateway, large(cast.key(third, bob), "openai_chat")) as connection:
            answer = worker.read_answer(connection)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"gateway_busy" in answer


def test_there_is_room_again_once_they_are_gone(gateway: Worker, key: str) -> None:
    for _ in range(2):
        with held(gateway, large(key)), held(gateway, large(key)):
            pass

    def taken() -> bool:
        with sending(gateway, large(key) + b"x") as connection:
            return worker.read_answer(connection).startswith(b"HTTP/1.1 400 ")

    eventually(taken)


def test_what_unpacks_to_much_counts_for_much(gateway: Worker, key: str) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b" " * (30 * MEBIBYTE)) + packer.flush()
    sent = worker.request(
        "/v1/messages", wire.headers("anthropic", key) | {"content-encoding": "gzip"}, packed
    )
    with held(gateway, large(key)), gateway.connect(sent) as connection:
        assert b"too_many_large_requests" in worker.read_answer(connection)


def test_small_bodies_are_not_counted() -> None:
    room = Room(SMALL)
    leases = [room.lease(1) for _ in range(10)]
    for lease in leases:
        lease.hold(SMALL)
    assert room.used == 0


def test_nobody_takes_more_than_half() -> None:
    room = Room(10 * SMALL)
    with room.lease(1) as first, room.lease(1) as second, room.lease(2) as other:
        first.hold(4 * SMALL)
        with pytest.raises(LimitReached):
            second.hold(2 * SMALL)
        other.hold(5 * SMALL)
    assert room.used == 0


def test_all_together_take_no_more_than_there_is() -> None:
    room = Room(10 * SMALL)
    with room.lease(1) as first, room.lease(2) as second, room.lease(3) as third:
        first.hold(5 * SMALL)
        second.hold(4 * SMALL)
        with pytest.raises(NotReady):
            third.hold(2 * SMALL)
        first.release()
        third.hold(2 * SMALL)
        assert room.used == 6 * SMALL
    assert room.used == 0
