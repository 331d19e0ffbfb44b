"""`manage.py up` as a person runs it: one stack for all tests of this file."""

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.embedded import environment
from portal.embedded.leftovers import read_records
from portal.embedded.postgres import FAST_DISK
from portal.embedded.processes import CHECKOUT
from portal.embedded.processtable import wait_until
from portal.embedded.readiness import why_not_ready
from tests.portal.embedded.conftest import traversable

LONG = 120.0


class Running:
    """One `up` in a directory of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.ready_file = place / "ready.json"
        self.output = place / "output"
        self.process = self.start()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "manage.py", "up", "--data", str(self.place / "d"), "--port", "0", *words]

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self.command("--ready-file", str(self.ready_file)),
                cwd=CHECKOUT,
                env=environment.without_contract(os.environ) | {FAST_DISK: "1"},
                stdout=output,
                stderr=output,
            )
        appeared = wait_until(lambda: self.ready_file.exists() or self.process.poll() is not None, LONG)
        assert appeared, self.output.read_text()
        assert self.ready_file.exists(), self.output.read_text()
        return self.process

    def told(self) -> dict[str, object]:
        found = json.loads(self.ready_file.read_text())
        assert isinstance(found, dict)
        return found

    @property
    def url(self) -> str:
        return str(self.told()["base_url"])

    def pid(self, name: str) -> int | None:
        records = read_records(self.place / "d" / "run" / "processes.json")
        return next((record.pid for record in records if record.name == name), None)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with traversable() as place:
        stack = Running(place)
        yield stack
        stack.process.terminate()
        stack.process.wait(LONG)


def test_it_works(running: Running) -> None:
    assert why_not_ready(running.url) is None


def test_the_ready_file_tells_everything(running: Running) -> None:
    told = running.told()
    assert told.keys() == {"base_url", "api_key", "operator", "member", "pid"}
    assert told["pid"] == running.process.pid
    assert told["api_key"]


def test_the_ready_file_is_private(running: Running) -> None:
    assert stat.S_IMODE(running.ready_file.stat().st_mode) == 0o600


def test_the_console_shows_logins_and_calls(running: Running) -> None:
    shown = running.output.read_text()
    assert "operator@example.com" in shown
    assert shown.count("curl http://127.0.0.1:") == 3


def test_a_second_one_is_refused_with_pid_and_address(running: Running) -> None:
    second = subprocess.run(
        running.command(),
        cwd=CHECKOUT,
        env=environment.without_contract(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"already running in {running.place / 'd'}" in second.stderr
    assert f"pid {running.process.pid}, {running.url}" in second.stderr


@pytest.mark.parametrize("name", ["web-1", "worker", "beat", "sandbox", "valkey", "postgres"])
def test_a_killed_process_comes_back(running: Running, name: str) -> None:
    before = running.pid(name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: running.pid(name) not in (None, before), LONG)
    assert wait_until(lambda: why_not_ready(running.url) is None, LONG)


def test_after_a_killed_supervisor_the_next_one_recovers(running: Running) -> None:
    key = running.told()["api_key"]
    running.process.kill()
    running.process.wait()
    running.ready_file.unlink()
    running.start()
    assert running.told()["api_key"] == key


def test_a_stop_is_orderly(running: Running) -> None:
    address = urlsplit(running.url)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(LONG) == 0
    assert not running.ready_file.exists()
    assert read_records(running.place / "d" / "run" / "processes.json") == []
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(address.hostname or "", address.port).connect()
