"""One door for both planes: wire paths go to the gateway, everything else to Django."""

import asyncio
import os
from urllib.parse import quote

from django.core.asgi import get_asgi_application
from django.db import connections
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# A proxy in front of us is believed from the addresses in FORWARDED_ALLOW_IPS, as uvicorn would.
django = ProxyHeadersMiddleware(
    get_asgi_application(),  # type: ignore[arg-type]  # Django types it more narrowly
    trusted_hosts=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
)

from portal import readiness  # noqa: E402 - Django must be set up before its modules are imported
from proxyapp import front, media  # noqa: E402
from proxyapp.asgi import Application  # noqa: E402
from proxyapp.config import Config  # noqa: E402
from proxyapp.http import Message, Receive, Scope, Send  # noqa: E402
from proxyapp.protocols import endpoints  # noqa: E402
from proxyapp.protocols.endpoints import Endpoint  # noqa: E402
from proxyapp.usage import new_call_id  # noqa: E402

plane = Application(Config.from_environment())
for _settings in connections.settings.values():
    _settings["CONN_MAX_AGE"] = 0  # each request has a thread of its own: nobody would use it again
PAGE_SECONDS = 20.0
MEDIA_SECONDS = 150.0
MOST_BODY = 32 * 1024 * 1024 + 1
"""Django keeps a body before any view has seen it: so much of it is one byte more than anybody takes."""

_TOO_LATE = b"The database does not answer at the moment. Try again in a few seconds.\n"
_given_up: set[asyncio.Future[None]] = set()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if readiness.stopping.is_set():
        send = _with_header(send, b"connection", b"close")
    endpoint = endpoints.match(scope["method"], scope["path"]) if scope["type"] == "http" else None
    if scope["type"] != "http" or (endpoint is not None and endpoint.kind != "models"):
        await plane(scope, receive, send)
    elif endpoint is not None:
        await _list(endpoint, scope, receive, send)
    elif readiness.is_probe(scope["path"]):
        await readiness.answer(scope["path"], scope["query_string"], plane.gateway, _traced(send))
    else:
        await _page(scope, receive, _traced(send))


async def _list(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    """Lists of models are answered by the REST framework: they are not streamed, and nothing is metered."""
    if endpoint.canonical:
        scope = {**scope, "path": endpoint.canonical, "raw_path": quote(endpoint.canonical).encode()}
        send = _with_header(send, *front.normalized(endpoint))
    await _page(scope, receive, _traced(send))


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    """Django's answer. Where none has begun in time, as with a PostgreSQL that is frozen, we say so in its
    place: its thread cannot be stopped, and what it says later is said to nobody."""
    said = _Said(send)
    asked = _Asked(receive)
    page = asyncio.ensure_future(django(scope, asked, said))  # type: ignore[arg-type]  # typed by keys there
    try:
        await asyncio.wait([page], timeout=_patience(scope["path"]))
        if page.done() or said.anything:
            await page
            return
    except asyncio.CancelledError:
        page.cancel()
        raise
    said.is_over = True
    _given_up.add(page)
    page.add_done_callback(_given_up.discard)
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"5"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LATE})


def _patience(path: str) -> float:
    """Media may be made while the client waits."""
    return MEDIA_SECONDS if path.startswith(media.ROOT) else PAGE_SECONDS


class _Asked:
    """Passes a request on, and ends its body at `MOST_BODY`; what comes behind that is thrown away."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._room = MOST_BODY

    async def __call__(self) -> Message:
        message = await self._receive()
        while message["type"] == "http.request" and self._room <= 0:
            message = await self._receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")[: self._room]
            self._room -= len(body)
            more = message.get("more_body", False) and self._room > 0
            message = {**message, "body": body, "more_body": more}
        return message


class _Said:
    """Passes an answer on, and knows whether it has begun; once it is over, nothing more is passed on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.anything = False
        self.is_over = False

    async def __call__(self, message: Message) -> None:
        if not self.is_over:
            self.anything = True
            await self._send(message)


def _traced(send: Send) -> Send:
    """The gateway puts a trace id on each of its answers; this does so on all others."""
    return _with_header(send, b"x-trace-id", new_call_id().encode())


def _with_header(send: Send, name: bytes, value: bytes) -> Send:
    """Adds a header to an answer that does not have it."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(given.lower() == name for given, _ in headers):
                headers.append((name, value))
            message = {**message, "headers": headers}
        await send(message)

    return sent
