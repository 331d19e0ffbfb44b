"""One door for both planes: wire paths go to the gateway, everything else to Django."""

import os

from django.core.asgi import get_asgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# A proxy in front of us is believed from the addresses in FORWARDED_ALLOW_IPS, as uvicorn would.
django = ProxyHeadersMiddleware(
    get_asgi_application(),  # type: ignore[arg-type]  # Django types it more narrowly
    trusted_hosts=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
)

from portal import readiness  # noqa: E402 - Django must be set up before its modules are imported
from proxyapp.asgi import Application  # noqa: E402
from proxyapp.config import Config  # noqa: E402
from proxyapp.http import Message, Receive, Scope, Send  # noqa: E402
from proxyapp.protocols import endpoints  # noqa: E402
from proxyapp.usage import new_call_id  # noqa: E402

plane = Application(Config.from_environment())


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http" or _is_wire(scope):
        await plane(scope, receive, send)
    elif readiness.is_probe(scope["path"]):
        await readiness.answer(scope["path"], plane.gateway, _traced(send))
    else:
        await django(scope, receive, _traced(send))  # type: ignore[arg-type]  # typed by their keys there


def _traced(send: Send) -> Send:
    """The gateway puts a trace id on each of its answers; this does so on all others."""

    async def traced(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"x-trace-id" for name, _ in headers):
                headers.append((b"x-trace-id", new_call_id().encode()))
            message = {**message, "headers": headers}
        await send(message)

    return traced


def _is_wire(scope: Scope) -> bool:
    """Lists of models are answered by the REST framework: they are not streamed, and nothing is metered."""
    endpoint = endpoints.match(scope["method"], scope["path"])
    return endpoint is not None and endpoint.kind != "models"
