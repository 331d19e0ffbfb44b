"""The processes of the stack besides the servers: web workers, Celery worker and beat, the sandbox."""

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.child import Spec
from portal.embedded.environment import stop_seconds
from portal.embedded.layout import DataDirectory

CHECKOUT = Path(__file__).resolve().parents[2]
WEB_STAGE, BEAT_STAGE, WORKER_STAGE, SANDBOX_STAGE = 10, 20, 30, 35
CELERY_THREADS = 4
# After its calls have had their time: to end them in words, to settle them, to pay what Redis could not take.
_LAST_WORDS = 20.0
_ALL = 65_536  # what a pipe holds


class Gate:
    """A pipe that holds web workers back until it is opened; those started later pass at once."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def open(self) -> None:
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1


class Arrivals:
    """A pipe into which every web worker writes its pid as soon as it takes connections."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        for end in (self._reader, self.writer):
            os.set_blocking(end, False)
        self._pids: set[int] = set()

    def has(self, pid: int) -> bool:
        with contextlib.suppress(BlockingIOError):
            self._pids.update(int(word) for word in os.read(self._reader, _ALL).split())
        return pid in self._pids


@dataclass(frozen=True)
class Processes:
    """Builds the specs of one stack's processes. `environ` is what all of them see."""

    data: DataDirectory
    environ: Mapping[str, str]

    def web(self, number: int, listener: int, gate: Gate, arrivals: Arrivals) -> Spec:
        """Lets its calls finish first (`portal.serve`), so it is given a little more than that takes."""
        fds = {"--fd": listener, "--gate": gate.reader, "--arrivals": arrivals.writer}
        arguments = [word for option, fd in fds.items() for word in (option, str(fd))]
        grace = stop_seconds(self.environ) + _LAST_WORDS
        return self._python(
            f"web-{number}", WEB_STAGE, grace, "portal.serve", *arguments, fds=tuple(fds.values())
        )

    def beat(self) -> Spec:
        arguments = (*self._celery("beat"), "--schedule", str(self.data.run / "beat"), "--pidfile=")
        return self._python("beat", BEAT_STAGE, 10.0, *arguments)

    def worker(self) -> Spec:
        """Threads, because its tasks wait for PostgreSQL; no gossip, because it is alone."""
        arguments = ("-P", "threads", "-c", str(CELERY_THREADS), "--without-mingle", "--without-gossip")
        return self._python("worker", WORKER_STAGE, 30.0, *self._celery("worker"), *arguments)

    def sandbox(self, port: int) -> Spec:
        return self._python("sandbox", SANDBOX_STAGE, 5.0, "proxyapp.sandbox", "--port", str(port))

    def _celery(self, command: str) -> tuple[str, ...]:
        """Without Django's system checks: they would import every page, and belong into the tests."""
        return ("celery", "--skip-checks", "-A", "portal.celery", command, "--loglevel", "WARNING")

    def _python(self, name: str, stage: int, grace: float, *module: str, fds: tuple[int, ...] = ()) -> Spec:
        return Spec(
            name=name,
            argv=(sys.executable, "-m", *module),
            log=self.data.log_file(name),
            stage=stage,
            grace=grace,
            env={**self.environ, "PYTHONUNBUFFERED": "1"},
            cwd=CHECKOUT,
            pass_fds=fds,
        )
