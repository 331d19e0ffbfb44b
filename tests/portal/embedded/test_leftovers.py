"""What a killed supervisor leaves behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded.files import write_json
from portal.embedded.leftovers import ProcessFile, end_leftovers, read_records
from portal.embedded.processes import CHECKOUT
from portal.embedded.processtable import started, wait_until
from portal.embedded.servers import running_servers

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(300)"
)
SUPERVISOR = """
import sys, pathlib
from portal.embedded.servers import running_servers
with running_servers(pathlib.Path(sys.argv[1])):
    print("running", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def stubborn() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not care about SIGTERM."""
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_it_works(tmp_path: Path, stubborn: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "processes.json"
    ProcessFile(path).note("web-1", stubborn.pid, signal.SIGTERM)
    assert end_leftovers(path, grace=0.2) == ["web-1"]
    assert stubborn.wait(10) == -signal.SIGKILL


def test_a_reused_pid_is_left_alone(tmp_path: Path, stubborn: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "processes.json"
    entry = {"name": "web-1", "pid": stubborn.pid, "started": "another boot:1", "stop_signal": 9}
    write_json(path, [entry])
    assert end_leftovers(path) == []
    assert stubborn.poll() is None


def test_no_file_means_no_leftovers(tmp_path: Path) -> None:
    assert end_leftovers(tmp_path / "processes.json") == []


def test_a_half_written_file_means_no_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    path.write_text('[{"name": "web')
    assert end_leftovers(path) == []


def test_a_forgotten_process_is_no_leftover(tmp_path: Path, stubborn: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "processes.json"
    processes = ProcessFile(path)
    processes.note("web-1", stubborn.pid, signal.SIGTERM)
    processes.forget("web-1")
    assert read_records(path) == []


def test_a_full_disk_is_caught_up_with(tmp_path: Path, stubborn: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "not there yet" / "processes.json"
    processes = ProcessFile(path)
    processes.note("web-1", stubborn.pid, signal.SIGTERM)
    path.parent.mkdir()
    processes.catch_up()
    assert [record.name for record in read_records(path)] == ["web-1"]


def killed_supervisor(place: Path) -> list[int]:
    """Run a supervisor on `place` and kill -9 it; the pids of its servers."""
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(place)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        pids = [record.pid for record in read_records(place / "run" / "processes.json")]
        process.kill()
    return pids


def test_servers_die_with_their_supervisor(place: Path) -> None:
    pids = killed_supervisor(place)
    assert len(pids) == 2
    assert wait_until(lambda: all(started(pid) is None for pid in pids), 30.0)


def test_the_next_start_after_a_kill_works(place: Path) -> None:
    killed_supervisor(place)
    with running_servers(place) as environ:
        assert "DATABASE_URL" in environ
