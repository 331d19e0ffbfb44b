"""The gateway as an ASGI application of its own: `uvicorn proxyapp.asgi:application`.

For production with the two planes apart; `portal.asgi` holds the same gateway beside Django in one process.
"""

from proxyapp.config import Config
from proxyapp.gateway import Gateway
from proxyapp.http import Receive, Scope, Send
from proxyapp.websocket.handshake import Handshakes


class Application:
    """A gateway, and its life between start-up and shutdown of the server."""

    def __init__(self, config: Config) -> None:
        self.gateway = Gateway(config)
        self._handshakes = Handshakes(self.gateway)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] == "http":
            await self.gateway(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._handshakes(scope, receive, send)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.gateway.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.gateway.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def __getattr__(name: str) -> Application:
    """`application` is made on first use: importing this module must not need a configuration."""
    if name != "application":
        raise AttributeError(name)
    globals()[name] = made = Application(Config.from_environment())
    return made
