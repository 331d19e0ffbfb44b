"""A relay before a server that notes the requests on their way; the bytes pass untouched."""

import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httptools

_CHUNK = 65536


@dataclass(frozen=True)
class Request:
    """`path` has no query."""

    method: str
    path: str
    body: bytes


@dataclass
class Tap:
    """`url` stands in for the server; `requests` are complete ones, the oldest first."""

    url: str
    requests: list[Request] = field(default_factory=list)

    @property
    def calls(self) -> list[Request]:
        """What asked a model for an answer."""
        return [request for request in self.requests if request.method == "POST"]


@contextmanager
def tapped(url: str) -> Iterator[Tap]:
    """Relay to the server at `url` until the block ends."""
    target = urlsplit(url)
    address = (target.hostname or "", target.port or 80)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), socket.create_connection(address) as far:
                _relay(self.request, far, _Reader(tap.requests))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 256
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        tap = Tap(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield tap
        server.shutdown()


class _Reader:
    """Reads the requests of one connection for `httptools`."""

    def __init__(self, found: list[Request]) -> None:
        self._found = found
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body = b"", b""

    def feed(self, data: bytes) -> None:
        with suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method, path = self._parser.get_method().decode(), self._url.decode().partition("?")[0]
        self._found.append(Request(method, path, self._body))


def _relay(near: socket.socket, far: socket.socket, reader: _Reader) -> None:
    """Both ways, until one side ends."""
    with selectors.DefaultSelector() as ready:
        ready.register(near, selectors.EVENT_READ, far)
        ready.register(far, selectors.EVENT_READ, near)
        while True:
            for key, _ in ready.select():
                source, other = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                data = source.recv(_CHUNK)
                if not data:
                    return
                if source is near:
                    reader.feed(data)
                other.sendall(data)
