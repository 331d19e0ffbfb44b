"""What one conversation may make a worker bear."""

import json
import struct
import zlib

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.proxyapp.websocket.test_endings import goodbye
from tests.support import bills, cast, provider, purse, worker
from tests.support.offers import offer
from tests.support.socket import connected
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.worker import MEBIBYTE

HANDSHAKE = (
    "host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: TKmsfDbb1vW43WEw47F3NA==\r\n\r\n"
)
EVENT = b'event: x\ndata: {"type":"response.output_text.delta","delta":"%b"}\n\n' % (b"x" * 9_000)


def refused(stack: Stack, key: str) -> tuple[int, str] | None:
    """Status and code with which a handshake is refused, if it is."""
    try:
        with connected(stack, key):
            return None
    except InvalidStatus as status:
        answer = status.response
        return answer.status_code, json.loads(answer.body)["error"]["code"]


def opening(size: int) -> bytes:
    """The beginning of a masked text message that is `size` bytes long."""
    return struct.pack("!BBQ", 0x81, 0x80 | 127, size) + bytes(4)


def packed(size: int, *, whole: bool) -> bytes:
    """A masked text message of `size` bytes, or its first fragment, as permessage-deflate packs it."""
    packer = zlib.compressobj(9, wbits=-9)
    data = packer.compress(b"x" * size) + packer.flush(zlib.Z_SYNC_FLUSH)
    data = data[:-4] if whole else data
    return struct.pack("!BBH", 0xC1 if whole else 0x41, 0x80 | 126, len(data)) + bytes(4) + data


def test_it_works(stack: Stack, issued: Issued) -> None:
    """A conversation in which nothing is said ends."""
    model = offer("openai_responses", script="~pace-100")
    with (
        worker.running(stack, TOLLGATE_SOCKET_SECONDS=2) as door,
        connected(door.stack, issued.secret) as socket,
    ):
        assert socket.ask(model)["type"] == "response.completed"
        assert goodbye(socket) == (1000, "Nothing was asked for 2 s.")


def test_a_client_that_takes_nothing_is_cut(stack: Stack, issued: Issued) -> None:
    with (
        provider.playing(provider.chunked(*[EVENT] * 5_000)) as endless,
        worker.running(stack, TOLLGATE_STALL_SECONDS=1) as door,
        connected(door.stack, issued.secret, deflate=False) as socket,
    ):
        before = door.memory()
        model = provider.offer_over(provider.provider_at(endless.url), protocol="openai_responses")
        socket.say(model, max_output_tokens=50_000)
        eventually(UsageEvent.platform.filter(key=issued.key).exists, seconds=30)
        event = bills.of(issued.key)
        assert event.outcome == "client_left"
        assert door.memory() - before < 20 * MEBIBYTE
        assert purse.is_free(issued.key)


@pytest.mark.parametrize("size", [100, 10 * MEBIBYTE])
def test_a_message_that_stops_arriving(stack: Stack, issued: Issued, size: int) -> None:
    with (
        worker.running(stack, TOLLGATE_STALL_SECONDS=1) as door,
        connected(door.stack, issued.secret) as socket,
    ):
        socket.connection.socket.sendall(opening(size) + b"x" * (size // 2))
        with pytest.raises(ConnectionClosed):
            socket.event()


def test_too_many_fragments(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        socket.connection.socket.sendall(struct.pack("!BB", 0x01, 0x80) + bytes(4))
        socket.connection.socket.sendall((struct.pack("!BB", 0x00, 0x81) + bytes(4) + b"x") * 20_000)
        assert socket.event()["error"]["code"] == "request_too_large"
        assert goodbye(socket)[0] == 1013


def test_no_organization_sends_more_than_there_is_room_for(
    stack: Stack, issued: Issued, globex: Organization, charlie: User
) -> None:
    """With room for 4 MB, half of it for each."""
    with worker.running(stack, TOLLGATE_BODY_MEMORY_MB=4) as door:
        with connected(door.stack, issued.secret) as socket:
            socket.connection.socket.sendall(opening(3 * MEBIBYTE) + b"x" * (5 * MEBIBYTE // 2))
            told = socket.event()
            assert (told["status"], told["error"]["code"]) == (429, "too_many_large_requests")
            assert goodbye(socket)[0] == 1013
        with connected(door.stack, cast.key(globex, charlie)) as other:
            assert other.ask(offer("openai_responses"), "x" * (MEBIBYTE // 2))["type"] == "response.completed"


def test_a_packed_fragment_takes_the_room_of_what_is_in_it(stack: Stack, issued: Issued) -> None:
    with (
        worker.running(stack, TOLLGATE_BODY_MEMORY_MB=4) as door,
        connected(door.stack, issued.secret) as socket,
    ):
        socket.connection.socket.sendall(packed(3 * MEBIBYTE, whole=False))
        assert socket.event()["error"]["code"] == "too_many_large_requests"
        assert goodbye(socket)[0] == 1013


def test_packed_messages_are_not_all_unpacked_before_they_are_weighed(stack: Stack, issued: Issued) -> None:
    with (
        worker.running(stack, TOLLGATE_BODY_MEMORY_MB=4) as door,
        connected(door.stack, issued.secret) as socket,
    ):
        before = door.most_memory()
        socket.connection.socket.sendall(packed(10 * MEBIBYTE, whole=True) * 12)
        assert socket.event()["error"]["code"] == "too_many_large_requests"
        assert goodbye(socket)[0] == 1013
        assert door.most_memory() - before < 60 * MEBIBYTE


def test_pings_of_a_client_that_takes_no_answer(stack: Stack, issued: Issued) -> None:
    """Only the latest are answered, once it does."""
    ping = struct.pack("!BB", 0x89, 0x80 | 125) + bytes(4) + b"x" * 125
    opened = f"GET /v1/responses HTTP/1.1\r\nauthorization: Bearer {issued.secret}\r\n{HANDSHAKE}".encode()
    with worker.running(stack) as door, door.connect(opened, room=4096) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
        before = door.memory()
        for _ in range(4):
            connection.sendall(ping * 2_000)
        connection.sendall(struct.pack("!BB", 0x89, 0x84) + bytes(4) + b"last")
        eventually(lambda: door.has_read(connection))
        assert len(worker.read_until(connection, b"last")) < len(ping) * 6_000
        assert door.memory() - before < 8 * MEBIBYTE


@pytest.mark.parametrize("opcode", [0x81, 0x89, 0x8A], ids=["message", "ping", "pong"])
def test_too_many_frames(stack: Stack, issued: Issued, opcode: int) -> None:
    with connected(stack, issued.secret, deflate=False) as socket:
        socket.connection.socket.sendall((struct.pack("!BB", opcode, 0x80) + bytes(4)) * 12_000)
        told = socket.event()
        while "frames" not in told["error"]["message"]:
            told = socket.event()
        assert (told["status"], told["error"]["code"]) == (429, "too_many_messages")
        assert goodbye(socket)[0] == 1013


def test_what_is_remembered_takes_room_until_the_conversation_ends(stack: Stack, issued: Issued) -> None:
    model, text = offer("openai_responses"), "x" * (MEBIBYTE * 3 // 4)
    with worker.running(stack, TOLLGATE_BODY_MEMORY_MB=4) as door:
        with connected(door.stack, issued.secret) as one, connected(door.stack, issued.secret) as two:
            for socket in (one, two):
                socket.say(model, text, generate=False)
                assert socket.until()[-1]["type"] == "response.completed"
            with connected(door.stack, issued.secret) as three:
                three.say(model, text, generate=False)
                assert three.event()["error"]["code"] == "too_many_large_requests"
        with connected(door.stack, issued.secret) as four:
            four.say(model, text, generate=False)
            assert four.until()[-1]["type"] == "response.completed"


def test_a_message_that_is_no_text(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        socket.connection.socket.sendall(struct.pack("!BB", 0x81, 0x81) + bytes(4) + b"\xff")
        assert goodbye(socket)[0] == 1007


def test_a_connection_that_has_carried_requests_before(stack: Stack, issued: Issued) -> None:
    """And is counted once, before and after."""
    host, _, port = stack.base_url.removeprefix("http://").partition(":")
    with worker.Worker(stack, (host, int(port)), 0).connect() as connection:
        connection.sendall(b"GET /v1/responses HTTP/1.1\r\nhost: x\r\n\r\n")
        assert worker.read_answer(connection).startswith(b"HTTP/1.1 405 ")
        key = f"authorization: Bearer {issued.secret}\r\n"
        connection.sendall(f"GET /v1/responses HTTP/1.1\r\n{key}{HANDSHAKE}".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")


def test_no_organization_has_all_the_places(
    stack: Stack, issued: Issued, globex: Organization, charlie: User
) -> None:
    """Of four, half for each; and they come back."""
    other = cast.key(globex, charlie)
    with worker.running(stack, TOLLGATE_MAX_SOCKETS=4) as door:
        with connected(door.stack, issued.secret), connected(door.stack, issued.secret):
            assert refused(door.stack, issued.secret) == (429, "too_many_websockets")
            with connected(door.stack, other), connected(door.stack, other):
                third = cast.key(cast.organization("Third", charlie), charlie)
                assert refused(door.stack, third) == (503, "server_is_overloaded")
        eventually(lambda: refused(door.stack, issued.secret) is None)
