"""One web worker: portal and gateway together, on a listening socket that somebody else has bound.

`python -m portal.serve --fd N [--gate M]`. With a gate (the reading end of a pipe) the application is
imported at once but serves only when the other end has been closed: imports overlap with migrations.
"""

import argparse
import gc
import os
import resource
import socket

import uvicorn

from proxyapp.bounds import Bounds
from proxyapp.connection import Door

SEND_BUFFER = 64 * 1024  # bytes of an unread answer that the kernel keeps (it doubles this)
APPLICATION = "portal.asgi:application"
_COLLECT_AFTER = 50_000  # objects; a call leaves next to nothing in cycles, and looking for it takes time


def configuration() -> uvicorn.Config:
    """How every web worker runs. WebSockets stay off, installed or not: the wire does not speak them."""
    return uvicorn.Config(
        APPLICATION,
        loop="uvloop",
        http=Door(Bounds.from_environment(allow_many_files())).connection,  # type: ignore[arg-type]  # a factory
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # only Django asks who the client is: `portal.asgi` puts them right for it
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
    )


def allow_many_files() -> int:
    """Raise the limit on open files to what this process may have, and say how many that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most if most != resource.RLIM_INFINITY else 2**20


def serve(listener: socket.socket, gate: int | None = None) -> None:
    """Serve until SIGTERM, then finish what is under way for at most 30 seconds."""
    config = configuration()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # its connections inherit it
    config.load()
    gc.collect()
    gc.freeze()  # what the imports made lives for ever: keep the collector from walking over it
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    if gate is not None:
        os.read(gate, 1)  # returns when the other end is closed
        os.close(gate)
    uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="an inherited listening socket")
    parser.add_argument("--gate", type=int, help="an inherited pipe to wait for")
    options = parser.parse_args()
    serve(socket.socket(fileno=options.fd), options.gate)


if __name__ == "__main__":
    main()
