"""Which process is which: a pid alone may have been given to somebody else since."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
_BOOT_ID = PROC / "sys/kernel/random/boot_id"


def started(pid: int) -> str | None:
    """A token that is the same for the whole life of process `pid` and different for the next process with
    that number, also after a reboot. None where no such process runs (a zombie does not run)."""
    if not PROC.is_dir() or not _BOOT_ID.exists():
        return _started_by_ps(pid)
    try:
        # The command name may hold spaces and brackets: everything after the last one is regular.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZXx" else f"{_BOOT_ID.read_text().strip()}:{start_ticks}"


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, when = answer.stdout.strip().partition(" ")
    return None if not when or state.startswith("Z") else when.strip()


def runs_postgres_in(pid: int, data: Path) -> bool:
    """Whether process `pid` is a postmaster of this very database directory."""
    if not PROC.is_dir():
        answer = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return "postgres" in answer.stdout and str(data) in answer.stdout
    try:
        # After an upgrade the running binary is shown as "postgres (deleted)".
        program = os.readlink(PROC / str(pid) / "exe").rpartition("/")[2].partition(" ")[0]
        return program == "postgres" and os.path.samefile(PROC / str(pid) / "cwd", data)
    except OSError:
        return False


def signal_if_same(pid: int, token: str, number: int) -> None:
    """Send signal `number` to `pid` where it is still the process that `token` was taken from."""
    if started(pid) != token:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll `condition` for at most `seconds`; whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True
