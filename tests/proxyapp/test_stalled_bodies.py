"""A body that stops on its way is given up in words; until it is whole, nothing is held for it."""

import json
import socket
from collections.abc import Iterator

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import cast, purse, wire, worker
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.worker import MEBIBYTE, Worker

PROTOCOLS = {"anthropic": "/v1/messages", "openai_chat": "/v1/chat/completions"}


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture(scope="module")
def impatient(stack: Stack) -> Iterator[Worker]:
    with worker.running(stack, TOLLGATE_BODY_SECONDS=1, TOLLGATE_STALL_SECONDS=2) as started:
        yield started


def begun(protocol: str, key: str, sent: bytes, length: int) -> bytes:
    return worker.request(PROTOCOLS[protocol], wire.headers(protocol, key), sent, length)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_works(impatient: Worker, issued: Issued, protocol: str) -> None:
    answer = impatient.ask(begun(protocol, issued.secret, b'{"model": ', 1_000))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head
    error = json.loads(body)["error"]
    assert "stopped arriving" in error["message"]
    assert ("type" in json.loads(body)) == (protocol == "anthropic")


def test_nothing_is_held_for_a_body_on_its_way(impatient: Worker, issued: Issued) -> None:
    body = json.dumps(wire.body("anthropic", offer("anthropic"))).encode()
    with impatient.connect(begun("anthropic", issued.secret, body[:-1], len(body))) as connection:
        assert worker.read_answer(connection).startswith(b"HTTP/1.1 408 ")
        assert purse.counters(issued.key) == {}


def test_a_body_that_keeps_coming_is_waited_for(impatient: Worker, issued: Issued) -> None:
    body = json.dumps(wire.body("anthropic", offer("anthropic"))).encode()
    with impatient.connect(begun("anthropic", issued.secret, b"", len(body))) as connection:
        for number in range(0, len(body), len(body) // 6):
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.sendall(body[number : number + len(body) // 6])
        connection.settimeout(30)
        assert worker.read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_body_for_a_page_is_not_waited_for_for_ever(impatient: Worker) -> None:
    assert impatient.ask(worker.request("/accounts/login/", body=b"x", length=1_000)) == b""


def test_the_rest_of_a_small_refused_body_does_not_cost_the_connection(impatient: Worker) -> None:
    refused = worker.request("/v1/messages", {"x-api-key": "garbage"}, b"x" * 500_000)
    with impatient.connect() as connection:
        for _ in range(3):
            connection.sendall(refused)
            assert worker.read_answer(connection).startswith(b"HTTP/1.1 401 ")


def test_the_rest_of_a_large_refused_body_is_not_read(impatient: Worker) -> None:
    refused = worker.request("/v1/messages", {"x-api-key": "garbage"}, length=10**12)
    with impatient.connect(refused) as connection:
        assert worker.read_answer(connection).startswith(b"HTTP/1.1 401 ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.sendall(bytes(64 * MEBIBYTE))


def test_who_is_refused_and_falls_silent_is_let_go(impatient: Worker) -> None:
    refused = worker.request("/v1/messages", {"x-api-key": "garbage"}, b"x", length=1_000)
    with impatient.connect(refused) as connection:
        worker.read_answer(connection)
        connection.shutdown(socket.SHUT_WR)
        assert worker.read_all(connection) == b""
