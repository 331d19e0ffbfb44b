"""Our side of a connection with nothing behind it but an application of the test's own."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from proxyapp.bounds import Bounds
from proxyapp.connection import ClientConnection
from proxyapp.door import Door
from tests.support import worker

Address = tuple[str, int]
Application = Callable[[Any, Any, Any], Awaitable[None]]


@contextmanager
def serving(application: Application) -> Iterator[Address]:
    connection = partial(ClientConnection, Door(Bounds()))
    config = uvicorn.Config(application, http=connection, lifespan="off", log_config=None)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def ask(address: Address, *parts: bytes) -> bytes:
    """All that comes back until the connection is closed; empty where it is cut before that."""
    with socket.create_connection(address, timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            return worker.read_all(connection)
        except ConnectionError:
            return b""
