"""The whole stack on one machine, as `up` runs it: servers, schema, demo data, processes, watch, stop."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError, connections

from billing.management import demo
from portal.embedded import environment, secretfile
from portal.embedded.console import Console
from portal.embedded.leftovers import ProcessFile, end_leftovers
from portal.embedded.listener import free_port, is_loopback, listen, local_url
from portal.embedded.lock import DirectoryLock
from portal.embedded.processes import Arrivals, Gate, Processes
from portal.embedded.readiness import Announcement, why_not_ready
from portal.embedded.refusal import Refused
from portal.embedded.servers import start_servers
from portal.embedded.signals import StopRequested, StopSignals
from portal.embedded.supervisor import LOOK_SECONDS, Supervisor

COMPLAIN_SECONDS = 15.0
OPEN_TO_THE_NETWORK = """
WARNING: this address can be reached from other machines. Embedded mode is made for one host and one
         operator: demo logins exist, connections are not encrypted and nothing is backed up.
"""


@dataclass(frozen=True)
class Options:
    """What `up` was asked for. `port` 0 takes a free one; `demo` seeds an outside database too."""

    host: str
    port: int
    workers: int
    ready_file: Path | None
    demo: bool


class Stack:
    """One run of `up`, from taking the directory lock to the last server's end."""

    def __init__(self, options: Options, console: Console, signals: StopSignals) -> None:
        self._options = options
        self._console = console
        self._signals = signals
        self._data = environment.current_directory()
        self._supervisor = Supervisor(ProcessFile(self._data.processes), console)
        self._arrivals = Arrivals()

    def run(self) -> None:
        """Returns after a requested stop; raises `Refused` where it cannot start."""
        self._data.create()
        with DirectoryLock(self._data.lock) as lock:
            self._clear_remains()
            with listen(self._options.host, self._options.port) as listener:
                lock.describe(url=local_url(listener))
                try:
                    self._bring_up(listener)
                    self._watch()
                except StopRequested:
                    self._console.step("stopping (Ctrl-C again to hurry)")
                finally:
                    self._remove_ready_file()
                    listener.close()  # new connections are refused while the workers drain
                    self._supervisor.stop(self._signals.hurried)
        self._console.step("stopped")

    def _clear_remains(self) -> None:
        self._remove_ready_file()
        for name in end_leftovers(self._data.processes):
            self._console.step(f"ended a leftover process: {name}")

    def _remove_ready_file(self) -> None:
        if self._options.ready_file is not None:
            self._options.ready_file.unlink(missing_ok=True)

    def _bring_up(self, listener: socket.socket) -> None:
        base_url = local_url(listener)
        self._console.step(f"data directory {self._data.root}")
        if not is_loopback(listener):
            self._console.write(OPEN_TO_THE_NETWORK)
        os.environ.setdefault("TOLLGATE_BASE_URL", base_url)
        port = free_port() if self._seeds() else None
        if port is not None:
            os.environ["TOLLGATE_SANDBOX_URL"] = f"http://127.0.0.1:{port}"
        processes = Processes(self._data, dict(os.environ))
        gate = Gate()
        self._start_web(processes, listener, gate)
        self._start_servers()
        self._migrate()
        announcement = self._seed(base_url)
        if port is not None:
            self._supervisor.start(processes.sandbox(port))
        gate.open()
        self._supervisor.start(processes.worker())
        self._supervisor.start(processes.beat())
        self._await_readiness(base_url)
        self._console.step("ready")
        self._console.write(announcement.text())
        if self._options.ready_file is not None:
            announcement.write(self._options.ready_file)

    def _seeds(self) -> bool:
        return self._options.demo or environment.embeds_postgres(self._data, os.environ)

    def _start_web(self, processes: Processes, listener: socket.socket, gate: Gate) -> None:
        for number in range(1, self._options.workers + 1):
            self._supervisor.start(processes.web(number, listener.fileno(), gate, self._arrivals))

    def _start_servers(self) -> None:
        for name in start_servers(self._data, self._supervisor, os.environ, check=self._signals.check):
            self._console.step(f"{name} is running")

    def _migrate(self) -> None:
        try:
            with self._signals.interrupting():
                call_command("migrate", database="owner", interactive=False, verbosity=0)
        except OperationalError as error:
            raise Refused(f"The database cannot be used: {error}") from error
        self._console.step("the database schema is up to date")

    def _seed(self, base_url: str) -> Announcement:
        try:
            if not self._seeds():
                return Announcement(base_url, os.getpid())
            found = secretfile.load_or_create(self._data.secrets)
            with self._signals.interrupting():
                key = demo.seed(found, os.environ["TOLLGATE_SANDBOX_URL"])
            self._console.step("demo data is in place")
            return Announcement(base_url, os.getpid(), key, found["operator"], found["member"])
        finally:
            # The supervisor itself needs no database from here on, and must not notice its restarts.
            for connection in connections.all(initialized_only=True):
                connection.close()

    def _await_readiness(self, base_url: str) -> None:
        complain_at = time.monotonic() + COMPLAIN_SECONDS
        while (reason := why_not_ready(base_url)) is not None:
            self._look()
            if time.monotonic() >= complain_at:
                self._console.step(f"not ready yet: {reason}; logs are in {self._data.log}")
                complain_at = time.monotonic() + COMPLAIN_SECONDS

    def _watch(self) -> None:
        while True:
            self._look()
            if self._signals.take_renewal():
                self._renew_web()

    def _renew_web(self) -> None:
        """One worker after the other; after one that fails the others stay as they are, too."""
        for number in range(1, self._options.workers + 1):
            if not self._supervisor.renew(f"web-{number}", self._arrivals.has, self._look):
                return
        self._console.step("all web workers are new")

    def _look(self) -> None:
        self._signals.check()
        self._supervisor.watch()
        time.sleep(LOOK_SECONDS)
