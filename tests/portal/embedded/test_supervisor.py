"""Keeping children alive, and stopping them in order."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded.child import LOG_LIMIT, Spec, tail
from portal.embedded.console import Console
from portal.embedded.leftovers import ProcessFile, read_records
from portal.embedded.processtable import started, wait_until
from portal.embedded.supervisor import LOUD_AFTER, Supervisor

NOTE_THE_END = """
import signal, sys, time
def end(number, frame):
    print(sys.argv[1], flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[2], "w").close()
time.sleep(300)
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[2], "w").close()
time.sleep(300)
"""


class Ground:
    """A supervisor whose console can be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said = io.StringIO()
        self.processes = path / "processes.json"
        self.supervisor = Supervisor(ProcessFile(self.processes), Console(self.said))

    def spec(self, name: str, code: str, *, stage: int = 1, grace: float = 30.0, log: str = "log") -> Spec:
        argv = (sys.executable, "-c", code, name, str(self.path / f"{name}.up"))
        return Spec(name=name, argv=argv, log=self.path / log, stage=stage, grace=grace)

    def start(self, spec: Spec) -> int:
        """Start a child and wait until it says that it runs; its pid."""
        pid = self.supervisor.start(spec).pid()
        assert pid is not None
        assert wait_until((self.path / f"{spec.name}.up").exists, 30.0)
        return pid

    def watch_until_dead(self, times: int) -> None:
        def dead() -> bool:
            self.supervisor.watch()
            return self.said.getvalue().count("ended (") >= times

        assert wait_until(dead, 30.0)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.supervisor.stop(lambda: True)


def test_it_works(ground: Ground) -> None:
    pid = ground.start(ground.spec("one", NOTE_THE_END))
    ground.supervisor.stop()
    assert started(pid) is None


def test_a_killed_child_is_started_again(ground: Ground) -> None:
    pid = ground.start(ground.spec("one", NOTE_THE_END))
    os.kill(pid, signal.SIGKILL)

    def back() -> bool:
        ground.supervisor.watch()
        return ground.supervisor.child("one").pid() not in (None, pid)

    assert wait_until(back, 30.0)
    assert "one ended (SIGKILL)" in ground.said.getvalue()


def test_the_wait_before_a_restart_grows(ground: Ground) -> None:
    ground.supervisor.start(ground.spec("bad", "raise SystemExit(3)"))
    ground.watch_until_dead(3)
    assert [line[-5:] for line in ground.said.getvalue().splitlines() if "exit code 3" in line] == [
        "0.1 s",
        "0.2 s",
        "0.4 s",
    ]


def test_the_third_death_in_a_row_shows_the_log(ground: Ground) -> None:
    ground.supervisor.start(ground.spec("bad", "raise SystemExit('no such table')"))
    ground.watch_until_dead(LOUD_AFTER)
    assert "no such table" in ground.said.getvalue()


def test_children_stop_stage_by_stage(ground: Ground) -> None:
    for name, stage in (("last", 3), ("first", 1), ("second", 2)):
        ground.start(ground.spec(name, NOTE_THE_END, stage=stage))
    ground.supervisor.stop()
    assert (ground.path / "log").read_text().split() == ["first", "second", "last"]


def test_a_stubborn_child_is_killed_after_its_grace(ground: Ground) -> None:
    pid = ground.start(ground.spec("stubborn", STUBBORN, grace=0.1))
    ground.supervisor.stop()
    assert started(pid) is None


def test_hurry_does_not_wait_for_the_grace(ground: Ground) -> None:
    pid = ground.start(ground.spec("stubborn", STUBBORN, grace=3600.0))
    ground.supervisor.stop(lambda: True)
    assert started(pid) is None


def test_a_renewed_child_serves_before_the_old_one_stops(ground: Ground) -> None:
    old = ground.start(ground.spec("one", NOTE_THE_END))
    old_ran: list[bool] = []

    def serves(pid: int) -> bool:
        old_ran.append(started(old) is not None)
        return True

    assert ground.supervisor.renew("one", serves, ground.supervisor.watch)
    new = ground.supervisor.child("one").pid()
    assert new is not None
    assert (new != old, started(new) is not None, started(old)) == (True, True, None)
    assert all(old_ran)
    assert [(record.name, record.pid) for record in read_records(ground.processes)] == [("one", new)]


def test_a_child_that_cannot_be_renewed_stays(ground: Ground) -> None:
    """What is started now ends at once, as a program with a fault in it does."""
    flag = ground.path / "fault"
    code = f"import pathlib\nif pathlib.Path({str(flag)!r}).exists(): raise SystemExit(3)\n{NOTE_THE_END}"
    old = ground.start(ground.spec("one", code))
    flag.touch()
    assert not ground.supervisor.renew("one", lambda pid: False, ground.supervisor.watch)
    assert ground.supervisor.child("one").pid() == old
    assert [record.pid for record in read_records(ground.processes)] == [old]
    assert "one stays as it is" in ground.said.getvalue()


def test_what_is_being_renewed_is_stopped_with_the_rest(ground: Ground) -> None:
    ground.start(ground.spec("one", NOTE_THE_END))
    seen: list[int] = []

    def serves(pid: int) -> bool:
        seen.append(pid)
        return False

    def look() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ground.supervisor.renew("one", serves, look)
    ground.supervisor.stop()
    assert [started(pid) for pid in seen] == [None]


def test_what_runs_is_on_file(ground: Ground) -> None:
    pid = ground.start(ground.spec("one", NOTE_THE_END))
    assert [record.pid for record in read_records(ground.processes)] == [pid]


def test_a_stopped_child_is_off_the_file(ground: Ground) -> None:
    ground.start(ground.spec("one", NOTE_THE_END))
    ground.supervisor.stop()
    assert read_records(ground.processes) == []


def test_a_program_that_is_missing_is_tried_again(ground: Ground) -> None:
    ground.supervisor.start(Spec(name="gone", argv=("/nonexistent",), log=ground.path / "log", stage=1))
    assert ground.supervisor.child("gone").deaths == 1


def test_a_console_without_a_reader_is_harmless() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", closefd=False) as stream:
        Console(stream).step("nobody reads this")
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)
    os.close(writer)


def test_a_log_that_has_grown_is_emptied_while_its_process_runs(ground: Ground) -> None:
    spec = ground.spec("one", NOTE_THE_END)
    ground.start(spec)
    with spec.log.open("ab") as log:
        log.truncate(LOG_LIMIT + 1)
    ground.supervisor.watch()
    assert (spec.log.stat().st_size, (ground.path / "log.log.1").exists()) == (0, True)
    ground.supervisor.stop()
    assert spec.log.read_text() == "one\n"


def test_tail_of_a_long_log_is_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {n}\n" for n in range(10_000)))
    assert tail(log, 2) == "line 9998\nline 9999"
