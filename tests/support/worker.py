"""A web worker of a test's own, with bounds small enough to reach, and bare connections to it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.stack import CHECKOUT, Stack

MEBIBYTE = 1024 * 1024
_PATIENCE = 60.0


@dataclass(frozen=True)
class Worker:
    """`stack` is the test's stack, at this worker's address."""

    stack: Stack
    address: tuple[str, int]
    pid: int

    def connect(self, sent: bytes = b"", *, room: int = 0) -> socket.socket:
        """A connection on which `sent` was sent; with `room` the kernel takes about so many unread bytes."""
        made = socket.socket()
        if room:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        made.settimeout(_PATIENCE)
        made.connect(self.address)
        made.sendall(sent)
        return made

    def ask(self, sent: bytes) -> bytes:
        """All that comes back, until the worker closes."""
        with self.connect(sent) as connection:
            return read_all(connection)

    def has_read(self, connection: socket.socket) -> bool:
        """Whether nothing that was sent on it is still on its way, or waits in the kernel."""
        sender, reader = connection.getsockname()[1], self.address[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, here, there, _, queues, *_ = line.split()
            ports = int(here.rpartition(":")[2], 16), int(there.rpartition(":")[2], 16)
            sent, come = (int(size, 16) for size in queues.split(":"))
            if (ports == (sender, reader) and sent) or (ports == (reader, sender) and come):
                return False
        return True

    def memory(self) -> int:
        """Bytes it occupies now."""
        return self._status("VmRSS") * 1024

    def most_memory(self) -> int:
        """Bytes it has occupied at its largest."""
        return self._status("VmHWM") * 1024

    def files(self) -> int:
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def _status(self, name: str) -> int:
        return int(Path(f"/proc/{self.pid}/status").read_text().partition(f"{name}:")[2].split()[0])


@contextmanager
def running(stack: Stack, **settings: float) -> Iterator[Worker]:
    """One worker with these settings, until the block ends."""
    environ = dict(os.environ) | {name: str(value) for name, value in settings.items()}
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        command = [sys.executable, "-m", "portal.serve", "--fd", str(listener.fileno())]
        with (stack.data / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env=environ, pass_fds=(listener.fileno(),), stdout=log, stderr=log
            )
        try:
            host, port = listener.getsockname()
            here = replace(stack, base_url=f"http://{host}:{port}")
            made = Worker(here, (host, port), process.pid)
            assert b" 200 " in made.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            yield made
        finally:
            process.kill()
            process.wait()


def read_all(connection: socket.socket) -> bytes:
    """Until the other side closes or cuts."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Up to these bytes, which must come."""
    answer = b""
    while not answer.endswith(end):
        part = connection.recv(65536)
        assert part, answer[-100:]
        answer += part
    return answer


def read_answer(connection: socket.socket) -> bytes:
    """Head and body of one answer with a length."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        assert part, answer
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def request(
    path: str, headers: dict[str, str] | None = None, body: bytes = b"", length: int | None = None
) -> bytes:
    """A POST of `body`, which claims to be `length` bytes long."""
    said = len(body) if length is None else length
    lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
    top = "\r\n".join([f"POST {path} HTTP/1.1", "host: x", f"content-length: {said}", *lines])
    return top.encode() + b"\r\n\r\n" + body
