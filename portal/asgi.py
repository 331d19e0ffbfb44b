"""One door for both planes: wire paths go to the gateway, everything else to Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django = get_asgi_application()

from portal import readiness  # noqa: E402 - Django must be set up before its modules are imported
from proxyapp.asgi import Application  # noqa: E402
from proxyapp.config import Config  # noqa: E402
from proxyapp.http import Message, Receive, Scope, Send  # noqa: E402
from proxyapp.protocols import endpoints  # noqa: E402
from proxyapp.usage import new_call_id  # noqa: E402

plane = Application(Config.from_environment())


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if readiness.stopping.is_set():
        send = _with_header(send, b"connection", b"close")
    if scope["type"] != "http" or _is_wire(scope):
        await plane(scope, receive, send)
    elif readiness.is_probe(scope["path"]):
        await readiness.answer(scope["path"], scope["query_string"], plane.gateway, _traced(send))
    else:
        await django(scope, receive, _traced(send))  # type: ignore[arg-type]  # Django types it more narrowly


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


def _is_wire(scope: Scope) -> bool:
    """Lists of models are answered by the REST framework: they are not streamed, and nothing is metered."""
    endpoint = endpoints.match(scope["method"], scope["path"])
    return endpoint is not None and endpoint.kind != "models"
