"""A Valkey of a test's own, to be frozen, flushed and killed without harm to anybody."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from portal.embedded.binaries import find_valkey

_PATIENCE = 10.0


@dataclass
class Valkey:
    """`url` for what is tested, `ask` for the test itself."""

    url: str
    ask: Any  # a client; untyped, as its answers are
    _argv: list[str]
    _process: "subprocess.Popen[bytes]"

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def start(self) -> None:
        """Start again, empty."""
        self._process = _started(self._argv, self.ask)


@contextmanager
def running() -> Iterator[Valkey]:
    """One server on a unix socket, keeping nothing on disk."""
    home = tempfile.mkdtemp(prefix="tollgate-valkey-", dir="/tmp")
    socket = f"{home}/socket"
    argv = [str(find_valkey()), "--port", "0", "--unixsocket", socket, "--dir", home, "--save", ""]
    with redis.Redis(unix_socket_path=socket) as ask:
        made = Valkey(f"unix://{socket}?db=0", ask, argv, _started(argv, ask))
        try:
            yield made
        finally:
            made.thaw()
            made.kill()
            shutil.rmtree(home, ignore_errors=True)


def _started(argv: list[str], ask: "redis.Redis") -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            ask.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline, "valkey did not start"
            time.sleep(0.02)
        else:
            return process
