"""Keeps children running: starts them again when they die, stops them in order when asked."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from portal.embedded.child import Spec, keep_small, spawn, tail
from portal.embedded.console import Console
from portal.embedded.leftovers import ProcessFile

FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
SETTLED_SECONDS = 10.0  # a child that lived this long starts with a clean record when it dies
LOUD_AFTER = 3
LOOK_SECONDS = 0.05
HURRIED_GRACE = 5.0
LOG_SECONDS = 30.0
PATIENCE = 60.0


@dataclass
class Child:
    """One supervised process. `deaths` counts those in a row, `due` is when it is started again."""

    spec: Spec
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    deaths: int = 0
    due: float = 0.0

    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid


class Supervisor:
    """Owns children from `start` to `stop`. Nothing happens behind the back of the caller: `watch` must be
    called every now and then, from the main thread, to notice deaths and to start children again."""

    def __init__(self, processes: ProcessFile, console: Console) -> None:
        self._processes = processes
        self._console = console
        self._children: dict[str, Child] = {}
        self._logs_due = 0.0
        self._passing: list[Child] = []  # on their way in or out: never started again

    def start(self, spec: Spec) -> Child:
        child = self._children[spec.name] = Child(spec)
        self._launch(child)
        return child

    def child(self, name: str) -> Child:
        return self._children[name]

    def watch(self) -> None:
        """Notice who died and start again whoever is due."""
        self._processes.catch_up()
        now = time.monotonic()
        if now >= self._logs_due:
            self._logs_due = now + LOG_SECONDS
            for child in self._children.values():
                keep_small(child.spec.log)
        for child in self._children.values():
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, child.process.returncode, now)
            elif child.process is None and now >= child.due:
                self._launch(child)

    def renew(self, name: str, serves: Callable[[int], bool], look: Callable[[], None]) -> bool:
        """Put a new process in the place of a running one: the old one is asked to stop only when the new one
        `serves` (given its pid). `look` is called while waiting; it is to call `watch`, and may raise.

        False, and the old one stays, where the new one dies or does not serve within a minute.
        """
        child = self._children[name]
        successor = Child(replace(child.spec, name=f"{name}-new"))
        self._passing.append(successor)
        self._launch(successor)
        if not self._comes(successor, serves, look):
            self._console.step(f"{name} stays as it is: the new one does not serve; see {child.spec.log}")
            _signal(successor, signal.SIGKILL)
            self._await_end(successor, look)
            return False
        leaving = replace(child, spec=replace(child.spec, name=f"{name}-old"))
        self._passing[self._passing.index(successor)] = leaving
        child.process, child.since, child.deaths = successor.process, successor.since, 0
        for placed in (child, leaving):
            if placed.process is not None:
                self._processes.note(placed.spec.name, placed.process.pid, placed.spec.stop_signal)
        self._processes.forget(successor.spec.name)
        _signal(leaving, leaving.spec.stop_signal)
        self._await_end(leaving, look)
        return True

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop all children stage by stage. When `hurry` turns true, those that are not servers are killed
        and the servers get little time; a server is never killed while it may still be writing."""
        children = [*self._children.values(), *self._passing]
        for stage in sorted({child.spec.stage for child in children}):
            self._stop_group([child for child in children if child.spec.stage == stage], hurry)
        self._children.clear()
        self._passing.clear()

    def _comes(self, child: Child, serves: Callable[[int], bool], look: Callable[[], None]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while _running(child) and time.monotonic() < deadline:
            pid = child.pid()
            if pid is not None and serves(pid):
                return True
            look()
        return False

    def _await_end(self, child: Child, look: Callable[[], None]) -> None:
        deadline = time.monotonic() + child.spec.grace
        while _running(child):
            if time.monotonic() > deadline:
                _signal(child, signal.SIGKILL)
            look()
        self._passing.remove(child)
        self._processes.forget(child.spec.name)

    def _launch(self, child: Child) -> None:
        spec = child.spec
        try:
            child.process = spawn(spec)
        except OSError as error:
            self._console.step(f"{spec.name} cannot be started: {error}")
            self._postpone(child, time.monotonic())
            return
        child.since = time.monotonic()
        self._processes.note(spec.name, child.process.pid, spec.stop_signal)

    def _bury(self, child: Child, code: int, now: float) -> None:
        child.process = None
        self._processes.forget(child.spec.name)
        if now - child.since > SETTLED_SECONDS:
            child.deaths = 0
        self._postpone(child, now)
        self._console.step(
            f"{child.spec.name} ended ({_cause(code)}); starting it again in {child.due - now:.1f} s"
        )
        if child.deaths == LOUD_AFTER:
            self._console.write(f"--- the end of {child.spec.log}\n{tail(child.spec.log)}\n---")

    def _postpone(self, child: Child, now: float) -> None:
        child.due = now + min(LONGEST_DELAY, FIRST_DELAY * 2**child.deaths)
        child.deaths += 1

    def _stop_group(self, group: list[Child], hurry: Callable[[], bool]) -> None:
        for child in group:
            _signal(child, child.spec.stop_signal)
        began = time.monotonic()
        while running := [child for child in group if _running(child)]:
            waited = time.monotonic() - began
            for child in running:
                if waited > child.spec.grace or (
                    hurry() and (not child.spec.server or waited > HURRIED_GRACE)
                ):
                    _signal(child, signal.SIGKILL)
            time.sleep(0.02)
        for child in group:
            self._processes.forget(child.spec.name)


def _running(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None and child.process.poll() is None:
        child.process.send_signal(number)


def _cause(code: int) -> str:
    """A return code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
