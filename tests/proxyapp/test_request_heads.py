"""The head of a request arrives whole, soon and small, or it is refused in words before anything is done."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support import wire, worker
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.worker import MEBIBYTE, Worker

START = b"POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def impatient(stack: Stack) -> Iterator[Worker]:
    with worker.running(stack, TOLLGATE_HEAD_SECONDS=1) as started:
        yield started


def call(key: str, **more: str) -> bytes:
    body = json.dumps(wire.body("anthropic", offer("anthropic"))).encode()
    headers = wire.headers("anthropic", key) | {"connection": "close"} | more
    return worker.request("/anthropic/v1/messages", headers, body)


def assert_refused(answer: bytes, status: int, code: str) -> None:
    """In Anthropic's own form, with a trace id and the word that the connection is over."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:500]
    assert b"connection: close" in head
    assert b"x-trace-id: " in head
    assert json.loads(body)["type"] == "error"
    assert code in body.decode()


def test_it_works(impatient: Worker, key: str) -> None:
    assert impatient.ask(call(key)).startswith(b"HTTP/1.1 200 ")


def test_large_headers_are_taken(impatient: Worker, key: str) -> None:
    assert impatient.ask(call(key, **{"x-large": "x" * 60_000})).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_comes_in_pieces_is_taken(impatient: Worker, key: str) -> None:
    whole = call(key, **{"x-large": "x" * 20_000})
    with impatient.connect() as connection:
        for start in range(0, len(whole), 1_000):
            connection.sendall(whole[start : start + 1_000])
        assert worker.read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_headers_too_large(impatient: Worker) -> None:
    answer = impatient.ask(START + b"x-large: " + b"x" * 70_000 + b"\r\n\r\n")
    assert_refused(answer, 431, "headers_too_large")


def test_too_many_headers(impatient: Worker) -> None:
    answer = impatient.ask(START + b"a: b\r\n" * 300 + b"\r\n")
    assert_refused(answer, 431, "headers_too_large")


def test_an_address_too_long(impatient: Worker) -> None:
    answer = impatient.ask(b"POST /anthropic/v1/messages?" + b"x" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n")
    assert_refused(answer, 414, "uri_too_long")


@pytest.mark.parametrize("endless", [b"x-a: " + b"x" * 10_000 + b"\r\n", b"a: b\r\n" * 1_000, b"x" * 10_000])
def test_a_head_without_end_takes_no_memory(impatient: Worker, endless: bytes) -> None:
    before, sent = impatient.memory(), 0
    with impatient.connect(START) as connection:
        try:
            while sent < 100 * MEBIBYTE:
                connection.sendall(endless)
                sent += len(endless)
        except OSError:
            pass
    assert sent < 50 * MEBIBYTE
    assert impatient.memory() - before < 16 * MEBIBYTE


def test_a_head_that_stops_is_given_up(impatient: Worker) -> None:
    assert_refused(impatient.ask(START + b"x-half: "), 408, "request_timeout")


def test_a_head_that_trickles_is_given_up(impatient: Worker) -> None:
    with impatient.connect(START + b"x-slow: ") as connection:
        connection.settimeout(0.05)
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < 30:
            connection.sendall(b"x")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
    assert_refused(answer, 408, "request_timeout")


def test_the_second_request_of_a_connection_is_not_waited_for_either(impatient: Worker, key: str) -> None:
    body = json.dumps(wire.body("anthropic", offer("anthropic"))).encode()
    first = worker.request("/anthropic/v1/messages", wire.headers("anthropic", key), body)
    with impatient.connect(first) as connection:
        worker.read_answer(connection)
        connection.sendall(START)
        assert_refused(worker.read_all(connection), 408, "request_timeout")


def test_a_connection_that_says_nothing_is_closed(impatient: Worker) -> None:
    assert impatient.ask(b"") == b""


def test_a_head_behind_the_rest_of_a_refused_body_is_bounded_too(impatient: Worker) -> None:
    refused = worker.request("/v1/messages", {"x-api-key": "garbage"}, length=10)
    with impatient.connect(refused) as connection:
        assert worker.read_answer(connection).startswith(b"HTTP/1.1 401 ")
        connection.sendall(b"x" * 10 + START + b"a: b\r\n" * 30_000)
        assert b" 200 " not in worker.read_all(connection)


def test_a_head_begun_behind_a_body_is_not_waited_for(impatient: Worker) -> None:
    refused = worker.request("/v1/messages", {"x-api-key": "garbage"}, length=10)
    with impatient.connect(refused) as connection:
        worker.read_answer(connection)
        connection.sendall(b"x" * 10 + START)
        assert worker.read_all(connection) == b""


def test_requests_ahead_of_their_turn_are_refused(impatient: Worker) -> None:
    before = impatient.memory()
    with impatient.connect() as connection:
        try:
            for _ in range(20):
                connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 10_000)
        except OSError:
            pass
        worker.read_all(connection)
    assert impatient.memory() - before < 16 * MEBIBYTE
