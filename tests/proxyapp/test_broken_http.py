"""What breaks the rules of HTTP is refused as all else is: in the words of its path, with a trace id."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import bare, worker
from tests.support.bare import Address, ask

START = b"POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
WHOLE = START + b"content-length: 2\r\n\r\n{}"


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """An application that begins to answer `/begins` at once, and ends nothing."""
    if scope["path"] == "/begins":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    while True:
        if (await receive())["type"] == "http.disconnect":
            return


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with bare.serving(slow) as started:
        yield started


def assert_refused(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-trace-id: " in head
    assert b"\r\nconnection: close" in head
    assert json.loads(body)["error"]["type"] == "invalid_request_error"
    assert json.loads(body)["type"] == "error"


def test_it_works(address: Address) -> None:
    assert_refused(ask(address, START + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"))


@pytest.mark.parametrize(
    "broken",
    [
        START + CHUNKED + b"content-length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        START + b"transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        START + b"transfer-encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        START + b"x-split: a\rb\r\ncontent-length: 2\r\n\r\n{}",
        START + b"x-folded: a\r\n b\r\ncontent-length: 2\r\n\r\n{}",
        START + b"x-nothing: \0\r\ncontent-length: 2\r\n\r\n{}",
        START + b"content-length: +2\r\n\r\n{}",
        START + CHUNKED + b"\r\n2\n{}\r\n0\r\n\r\n",
        WHOLE + WHOLE,
    ],
)
def test_what_two_could_understand_differently(address: Address, broken: bytes) -> None:
    assert_refused(ask(address, broken))


def test_nothing_is_said_within_another_answer(address: Address) -> None:
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(b"GET /begins HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = b""
        while b"begun" not in answer:
            answer += connection.recv(65536)
        connection.sendall(b"no HTTP\r\n\r\n")
        assert b"400" not in worker.read_all(connection)
