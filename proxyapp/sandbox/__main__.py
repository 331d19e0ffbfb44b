"""``python -m proxyapp.sandbox --port N``: serve the sandbox provider on uvicorn, one process."""

import argparse
import contextlib
import logging

import uvicorn

from proxyapp.sandbox.asgi import Sandbox

_IDLE_SECONDS = 75
_CUT = "ASGI callable returned without completing response."


class _CutIsMeant(logging.Filter):
    """Drops uvicorn's complaint about responses that a script cuts off."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg != _CUT


def main() -> None:
    """Bind, say the address on standard output in one line (port 0: any free one), and serve."""
    arguments = _arguments()
    logging.getLogger("uvicorn.error").addFilter(_CutIsMeant())
    config = uvicorn.Config(
        Sandbox(),
        host=arguments.host,
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    socket = config.bind_socket()
    socket.listen(config.backlog)  # whoever reads the line below may connect at once
    print(f"sandbox provider on http://{arguments.host}:{socket.getsockname()[1]}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[socket])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proxyapp.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0: any free port")
    parser.add_argument("--host", default="127.0.0.1")
    return parser.parse_args()


if __name__ == "__main__":
    main()
