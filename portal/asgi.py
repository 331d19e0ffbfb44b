"""One door for both planes: wire paths go to the gateway, everything else to Django."""

import logging
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django = get_asgi_application()

from portal import readiness  # noqa: E402 - Django must be set up before its modules are imported
from proxyapp.config import Config  # noqa: E402
from proxyapp.gateway import Gateway  # noqa: E402
from proxyapp.http import Receive, Scope, Send  # noqa: E402
from proxyapp.protocols import endpoints  # noqa: E402

gateway = Gateway(Config.from_environment())
log = logging.getLogger(__name__)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] != "http":
        raise ValueError(f"no {scope['type']} here")
    elif readiness.is_probe(scope):
        await readiness.answer(scope["path"], gateway, send)
    elif endpoints.is_wire(scope["path"]) and not _is_django(scope):
        await gateway(scope, receive, send)
    else:
        await django(scope, receive, send)  # type: ignore[arg-type]  # Django types ASGI more narrowly


def _is_django(scope: Scope) -> bool:
    """Lists of models are answered by the REST framework: they are not streamed, and nothing is metered."""
    return endpoints.match(scope["method"], scope["path"]).kind == "models"


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await gateway.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await gateway.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
