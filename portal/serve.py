"""One web worker: portal and gateway together, on a listening socket that somebody else has bound.

`python -m portal.serve --fd N [--gate M]`. With a gate (the reading end of a pipe) the application is
imported at once but serves only when the other end has been closed: imports overlap with migrations.
"""

import argparse
import gc
import os
import socket

import uvicorn

APPLICATION = "portal.asgi:application"
_COLLECT_AFTER = 50_000  # objects; a call leaves next to nothing in cycles, and looking for it takes time


def configuration() -> uvicorn.Config:
    """How every web worker runs. WebSockets stay off, installed or not: the wire does not speak them."""
    return uvicorn.Config(
        APPLICATION,
        loop="uvloop",
        http="httptools",
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


def serve(listener: socket.socket, gate: int | None = None) -> None:
    """Serve until SIGTERM, then finish what is under way for at most 30 seconds."""
    config = configuration()
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
