"""Foreground child processes that cannot outlive the supervisor."""

import contextlib
import ctypes
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.embedded.layout import ServerUser

_PR_SET_PDEATHSIG = 1
# Loaded before the fork: a dynamic load between fork and exec could wait for a lock nobody holds any more.
_LIBC = ctypes.CDLL(None) if platform.system() == "Linux" else None
LOG_LIMIT = 10 * 1024 * 1024


def _nothing() -> None:
    """The default preparation."""


@dataclass(frozen=True)
class Spec:
    """How to run one child. `stage` orders the shutdown (low first, equal ones together); `grace` is how
    many seconds it has between `stop_signal` and SIGKILL; `prepare` runs before every start."""

    name: str
    argv: tuple[str, ...]
    log: Path
    stage: int
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: ServerUser | None = None
    pass_fds: tuple[int, ...] = ()
    server: bool = False
    prepare: Callable[[], None] = field(default=_nothing)


def die_with_parent(number: int) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child signal `number` when the thread that started it ends.
    Start children from the main thread therefore. Where there is no such kernel service (macOS), the
    next start ends the leftovers."""
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel had been asked
            os._exit(1)

    return arrange


def spawn(spec: Spec) -> subprocess.Popen[bytes]:
    """Start the child with its output appended to its log. It leads a process group of its own, so that
    Ctrl-C reaches the supervisor only, which then stops the children in order."""
    spec.prepare()
    keep_small(spec.log)
    user = spec.user
    with spec.log.open("ab") as log:
        return subprocess.Popen(
            spec.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=None if spec.env is None else dict(spec.env),
            cwd=spec.cwd,
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
            pass_fds=spec.pass_fds,
            start_new_session=True,
            preexec_fn=die_with_parent(spec.stop_signal),
        )


def keep_small(log: Path) -> None:
    """One old generation is kept of a log that has grown. It is copied and emptied, not moved: its process
    goes on appending to it. Where there is no room for the copy there is none."""
    if not log.exists() or log.stat().st_size <= LOG_LIMIT:
        return
    with contextlib.suppress(OSError):
        shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for the console."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(stream.read().decode("utf-8", "replace").splitlines()[-lines:])
