"""What a connection took is free as soon as it is closed: nothing waits for the cyclic collector."""

import gc
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from proxyapp.connection import ClientConnection
from tests.support import bare
from tests.support.bare import Address
from tests.support.waiting import eventually

CALL = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\na"


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with bare.serving(silent) as started:
        yield started


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def kept() -> int:
    return sum(isinstance(each, ClientConnection) for each in gc.get_objects())


def test_it_works(address: Address) -> None:
    before = kept()
    assert bare.ask(address, CALL).startswith(b"HTTP/1.1 204 ")
    eventually(lambda: kept() == before)


def test_nothing_was_asked(address: Address) -> None:
    before = kept()
    with socket.create_connection(address):
        eventually(lambda: kept() > before)
    eventually(lambda: kept() == before)
