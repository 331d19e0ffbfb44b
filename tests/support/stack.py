"""A running Tollgate, started exactly as its users start it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.embedded import environment

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_PATIENCE = 120


@dataclass(frozen=True)
class Stack:
    """What the ready file says, and the process that wrote it."""

    base_url: str
    api_key: str
    member: dict[str, str]
    operator: dict[str, str]
    data: Path
    process: "subprocess.Popen[bytes]"


@contextmanager
def running(data: Path, *options: str, workers: int = 2) -> Iterator[Stack]:
    """`manage.py up` in `data` until the block ends; then SIGTERM, and it must end in order."""
    started = start(data, *options, workers=workers)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGTERM)
        started.process.wait(60)


def start(data: Path, *options: str, workers: int = 2) -> Stack:
    """Start and wait until ready; the console goes to `up.log` in the data directory."""
    ready = data / "ready.json"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "manage.py", "up", "--data", str(data), "--port", "0"]
    command += ["--workers", str(workers), "--ready-file", str(ready), *options]
    with (data / "up.log").open("ab") as console:
        clean = environment.without_contract(os.environ)  # not the servers of the session's own stack
        process = subprocess.Popen(command, cwd=CHECKOUT, env=clean, stdout=console, stderr=console)
    deadline = time.monotonic() + _PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"up did not get ready:\n{(data / 'up.log').read_text()[-4000:]}")
        time.sleep(0.05)
    facts = json.loads(ready.read_text())
    return Stack(facts["base_url"], facts["api_key"], facts["member"], facts["operator"], data, process)
