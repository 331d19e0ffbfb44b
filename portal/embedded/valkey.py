"""The embedded Valkey: append-only file on, never evicting, on a unix socket only."""

import socket

from portal.embedded.binaries import find_valkey
from portal.embedded.child import Spec
from portal.embedded.layout import DataDirectory

NAME = "valkey"
STAGE = 40


def prepare(data: DataDirectory) -> Spec:
    """How to run the server. Counters and the usage stream live here, so nothing may ever be evicted."""
    arguments = {
        "port": "0",
        "unixsocket": str(data.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(data.valkey_home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "logfile": "",
    }
    return Spec(
        name=NAME,
        argv=(
            str(find_valkey()),
            *(part for key, value in arguments.items() for part in (f"--{key}", value)),
        ),
        log=data.log_file(NAME),
        stage=STAGE,
        grace=30.0,
        cwd=data.valkey_home,
        server=True,
    )


def answers(data: DataDirectory) -> bool:
    """Whether the server has loaded its data and takes commands."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5.0)
        try:
            connection.connect(str(data.valkey_socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
