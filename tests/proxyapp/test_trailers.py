"""What comes behind a body is no header of the request, and is bounded as a head is."""

from collections.abc import Iterator
from typing import Any

import pytest

from proxyapp.bounds import HEAD
from tests.support import bare
from tests.support.bare import Address, ask

CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"


async def repeating(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with the names of the headers that it has once the body is here."""
    message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
    names = b" ".join(name for name, _ in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": names})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with bare.serving(repeating) as started:
        yield started


def test_it_works(address: Address) -> None:
    answer = ask(address, CHUNKED + b"3\r\nabc\r\n0\r\n\r\n")
    assert b"host connection transfer-encoding" in answer


def test_a_trailer_is_no_header(address: Address) -> None:
    answer = ask(address, CHUNKED + b"3\r\nabc\r\n0\r\nx-late: 1\r\n\r\n")
    assert b"200 OK" in answer
    assert b"x-late" not in answer


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 10_000, b"a: " + b"x" * HEAD])
def test_trailers_without_end(address: Address, endless: bytes) -> None:
    assert ask(address, CHUNKED + b"3\r\nabc\r\n0\r\n", *[endless] * 20, b"\r\n\r\n") == b""


def test_a_large_body_in_chunks_is_taken(address: Address) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert b"200 OK" in ask(address, CHUNKED, *[chunk] * 40, b"0\r\n\r\n")
