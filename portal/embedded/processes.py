"""The processes of the stack besides the servers: web workers, Celery worker and beat, the sandbox."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.child import Spec
from portal.embedded.layout import DataDirectory

CHECKOUT = Path(__file__).resolve().parents[2]
WEB_STAGE, BEAT_STAGE, WORKER_STAGE, SANDBOX_STAGE = 10, 20, 30, 35
CELERY_THREADS = 4


class Gate:
    """A pipe that holds web workers back until it is opened; those started later pass at once."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def open(self) -> None:
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1


@dataclass(frozen=True)
class Processes:
    """Builds the specs of one stack's processes. `environ` is what all of them see."""

    data: DataDirectory
    environ: Mapping[str, str]

    def web(self, number: int, listener: int, gate: Gate) -> Spec:
        """Drains for up to 30 s (`portal.serve`), so it is given a little more."""
        arguments = ("portal.serve", "--fd", str(listener), "--gate", str(gate.reader))
        return self._python(f"web-{number}", WEB_STAGE, 35.0, *arguments, fds=(listener, gate.reader))

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
