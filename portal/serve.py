"""One web worker: portal and gateway together, on a listening socket that somebody else has bound.

`python -m portal.serve --fd N [--gate M] [--arrivals K]`. With a gate (the reading end of a pipe) the
application is imported at once but serves only when the other end has been closed: imports overlap with
migrations. Into `--arrivals` (the writing end of a pipe) it writes its pid as soon as it takes connections.

SIGTERM: `/readyz` says 503 and the listener closes at once. Calls under way may finish for
`TOLLGATE_STOP_SECONDS`; then they are ended in their own protocol's words and settled.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import socket
import time
from functools import partial
from typing import cast

import uvicorn

from portal import readiness
from portal.embedded import environment
from proxyapp.bounds import Bounds
from proxyapp.connection import ClientConnection
from proxyapp.door import Door
from proxyapp.websocket.connection import LARGEST_MESSAGE, SocketConnection

SEND_BUFFER = 64 * 1024  # bytes of an unread answer that the kernel keeps (it doubles this)
APPLICATION = "portal.asgi:application"
_COLLECT_AFTER = 50_000  # objects; a call leaves next to nothing in cycles, and looking for it takes time
_LOOK = 0.1
_IDLE = 1.0  # for so long an idle connection is still answered: its client may just be sending
_LAST_WORDS = 5


def configuration() -> uvicorn.Config:
    """How every web worker runs. Who does not answer a ping is given as long as who reads slowly."""
    bounds = Bounds.from_environment(allow_many_files())
    door = Door(bounds)
    return uvicorn.Config(
        APPLICATION,
        loop="uvloop",
        http=partial(ClientConnection, door),  # type: ignore[arg-type]  # a factory
        ws=partial(SocketConnection, door),  # type: ignore[arg-type]
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_timeout=bounds.stall_seconds,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # only Django asks who the client is: `portal.asgi` puts them right for it
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_LAST_WORDS,
    )


def allow_many_files() -> int:
    """Raise the limit on open files to what this process may have, and say how many that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most if most != resource.RLIM_INFINITY else 2**20


class Server(uvicorn.Server):
    """Uvicorn's, which would cut idle connections at once: a client that sends just then would see a broken
    call. Here what arrives on them is answered once more, with `connection: close`."""

    def __init__(self, config: uvicorn.Config, *, grace: float, arrivals: int | None = None) -> None:
        super().__init__(config)
        self._grace = grace
        self._arrivals = arrivals

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._arrivals is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):  # full: nobody waits for us
                os.write(self._arrivals, f"{os.getpid()}\n".encode())
            os.close(self._arrivals)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listener, let calls finish until the deadline, end the others in words, then go."""
        readiness.stopping.set()
        for listening in self.servers:
            listening.close()
        for listener in sockets or ():
            listener.close()
        await self._let_finish(time.monotonic() + self._grace)
        for task in list(self.server_state.tasks):
            task.cancel()
        await super().shutdown()

    async def _let_finish(self, deadline: float) -> None:
        connections = cast(set[ClientConnection | SocketConnection], self.server_state.connections)
        idle_since: dict[ClientConnection | SocketConnection, float] = {}
        while connections and not self.force_exit and time.monotonic() < deadline:
            now = time.monotonic()
            for talk in [each for each in connections if isinstance(each, SocketConnection)]:
                talk.shutdown()  # it has a word for leaving, which a client that just sends understands
            idle = [each for each in connections if each.is_idle]
            idle_since = {each: idle_since.get(each, now) for each in idle}
            for each in idle:
                if now - idle_since[each] >= _IDLE:
                    each.shutdown()
            await asyncio.sleep(_LOOK)


def serve(listener: socket.socket, gate: int | None = None, arrivals: int | None = None) -> None:
    """Serve until SIGTERM, then finish what is under way."""
    grace = environment.stop_seconds(os.environ)
    config = configuration()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # its connections inherit it
    config.load()
    gc.collect()
    gc.freeze()  # what the imports made lives for ever: keep the collector from walking over it
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    if gate is not None:
        os.read(gate, 1)  # returns when the other end is closed
        os.close(gate)
    Server(config, grace=grace, arrivals=arrivals).run(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="an inherited listening socket")
    parser.add_argument("--gate", type=int, help="an inherited pipe to wait for")
    parser.add_argument("--arrivals", type=int, help="an inherited pipe to report to")
    options = parser.parse_args()
    serve(socket.socket(fileno=options.fd), options.gate, options.arrivals)


if __name__ == "__main__":
    main()
