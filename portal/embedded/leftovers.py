"""What a killed supervisor leaves behind, and how the next one ends it before starting its own."""

import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from portal.embedded.files import write_json
from portal.embedded.processtable import signal_if_same, started, wait_until

GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Record:
    """One process that the supervisor started: `started` is `processtable.started`'s token."""

    name: str
    pid: int
    started: str
    stop_signal: int

    def alive(self) -> bool:
        return started(self.pid) == self.started


class ProcessFile:
    """`<data>/run/processes.json`: the processes this supervisor has running at the moment. Where the disk is
    full the file stays as it was until it can be written again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: dict[str, Record] = {}
        self._is_behind = False

    def note(self, name: str, pid: int, stop_signal: int) -> None:
        token = started(pid)
        if token is None:  # it died at once; the supervisor will see that
            return
        self._records[name] = Record(name, pid, token, int(stop_signal))
        self._write()

    def forget(self, name: str) -> None:
        if self._records.pop(name, None) is not None:
            self._write()

    def catch_up(self) -> None:
        """Write what could not be written before, if anything."""
        if self._is_behind:
            self._write()

    def _write(self) -> None:
        try:
            write_json(self._path, [asdict(record) for record in self._records.values()])
        except OSError:  # a supervisor that ended over this would take everything with it
            self._is_behind = True
        else:
            self._is_behind = False


def read_records(path: Path) -> list[Record]:
    """The records in `path`; none where it is missing or was never finished."""
    try:
        return [Record(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (FileNotFoundError, ValueError, TypeError):
        return []


def end_leftovers(path: Path, *, grace: float = GRACE_SECONDS) -> list[str]:
    """End every process noted in `path` that still is the process that was noted: its stop signal first,
    SIGKILL to what is left after `grace` seconds. The names of those that had to be ended."""
    alive = [record for record in read_records(path) if record.alive()]
    for record in alive:
        signal_if_same(record.pid, record.started, record.stop_signal)
    if not wait_until(lambda: not any(record.alive() for record in alive), grace):
        for record in alive:
            signal_if_same(record.pid, record.started, signal.SIGKILL)
        wait_until(lambda: not any(record.alive() for record in alive), grace)
    path.unlink(missing_ok=True)
    return [record.name for record in alive]
