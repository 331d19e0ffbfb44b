"""A provider that a test plays itself, byte by byte, and providers made of any address."""

import itertools
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from portal.catalogue import services
from portal.catalogue.models import AIModel, Provider
from proxyapp.sealing import Sealer
from tests.support.offers import PER_TOKEN
from tests.support.wire import PROTOCOLS

Play = Callable[[socket.socket], None]
_number = itertools.count(1)
SECRET = "sk-ant-api03-a-secret-of-ours-at-the-provider"
JSON = (b"content-type", b"application/json")
EVENTS = (b"content-type", b"text/event-stream; charset=utf-8")


@dataclass(frozen=True)
class Received:
    """A request as it came: `line` is the request line, names in lower case as sent."""

    line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Played:
    """A running provider: `url`, and what it has received, latest last."""

    url: str
    received: list[Received] = field(default_factory=list)


@contextmanager
def playing(*plays: Play) -> Iterator[Played]:
    """Answer the first request with the first play, and so on; the last one for ever."""
    left = list(plays)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while request := _read(self.request):
                    provider.received.append(request)
                    (left.pop(0) if len(left) > 1 else left[0])(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 1024
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        provider = Played(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield provider
        server.shutdown()


def head(status: int, *headers: tuple[bytes, bytes]) -> bytes:
    lines = [b"HTTP/1.1 %d Whatever\r\n" % status, *(b"%b: %b\r\n" % header for header in headers)]
    return b"".join(lines) + b"\r\n"


def whole(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Play:
    """A complete answer with a length."""
    length = (b"content-length", b"%d" % len(body))
    return lambda to: to.sendall(head(status, *(headers or (JSON,)), length) + body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(*parts: bytes, ends: bool = True) -> Play:
    """A chunked stream of these parts; unless it `ends`, the connection is cut after them."""

    def play(to: socket.socket) -> None:
        to.sendall(head(200, EVENTS, (b"transfer-encoding", b"chunked")))
        for part in parts:
            to.sendall(chunk(part))
        if ends:
            to.sendall(b"0\r\n\r\n")
        else:
            to.shutdown(socket.SHUT_RDWR)

    return play


def provider_at(url: str, *, allow_private: bool = True) -> Provider:
    """A fresh provider with a credential that speaks all protocols at `url`."""
    name = f"Provider {os.getpid()}-{next(_number)}"
    provider = services.add_provider(name=name, actor=None, allow_private_addresses=allow_private)
    for protocol in PROTOCOLS:
        services.set_address(provider=provider, protocol=protocol, base_url=url, actor=None)
    services.set_credential(provider=provider, name="only", secret=SECRET, actor=None)
    return provider


def nobody() -> str:
    """An address on this host where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def offer_over(
    *providers: Provider, protocol: str, script: str = "", upstream: str = "", name: str = ""
) -> str:
    """A fresh model served by these providers, tried in this order; by default under its own name."""
    name = name or f"played-{os.getpid()}-{next(_number)}"
    with services.as_one():
        model = services.add_model(name=name, actor=None)
        services.set_price(book="sell", model=model, rates=PER_TOKEN, actor=None)
        for priority, provider in enumerate(providers, start=1):
            _route(model, provider, protocol, upstream or name + script, priority)
    return name


def sandbox() -> Provider:
    return Provider.objects.get(name="Sandbox")


def break_credential(provider: Provider) -> None:
    """Seal the provider's credential with a key that no gateway has."""
    credential = provider.credentials.get()
    credential.sealed = Sealer({"lost": bytes(32)}).seal("whatever", credential.context)
    credential.save(update_fields=["sealed"])
    services.announce(what=credential, actor=None)


def _route(model: AIModel, provider: Provider, protocol: str, upstream: str, priority: int) -> None:
    services.set_route(
        model=model,
        provider=provider,
        protocol=protocol,
        upstream_model=upstream,
        priority=priority,
        actor=None,
    )


def _read(source: socket.socket) -> Received | None:
    """One request with a content-length; None where the connection ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = source.recv(65536)
        if not more:
            return None
        data += more
    top, _, body = data.partition(b"\r\n\r\n")
    line, *lines = top.split(b"\r\n")
    headers = [(name, value.strip()) for name, _, value in (text.partition(b":") for text in lines)]
    length = int({name.lower(): value for name, value in headers}.get(b"content-length", b"0"))
    while len(body) < length:
        body += source.recv(65536)
    return Received(line, headers, body)
