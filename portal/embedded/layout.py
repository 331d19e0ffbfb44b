"""Where the embedded servers keep their files: one data directory, checked before anything starts in it."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.refusal import Refused

SOCKET_PATH_LIMIT = 107  # bytes; sun_path holds 108 with the final NUL
POSTGRES_SOCKET_NAME = ".s.PGSQL.5432"
ROOT_DIRECTORY = Path("/var/lib/tollgate")


def default_directory(checkout: Path) -> Path:
    """`/var/lib/tollgate` for root (PostgreSQL runs as `nobody` and must get there), else in the checkout."""
    return ROOT_DIRECTORY if os.geteuid() == 0 else checkout / ".tollgate"


@dataclass(frozen=True)
class DataDirectory:
    """The layout of a data directory. `root` is absolute."""

    root: Path

    @classmethod
    def at(cls, path: str | Path) -> "DataDirectory":
        return cls(Path(path).expanduser().absolute())

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def processes(self) -> Path:
        return self.run / "processes.json"

    @property
    def postgres_home(self) -> Path:
        return self.root / "postgres"

    @property
    def postgres_data(self) -> Path:
        return self.postgres_home / "data"

    @property
    def postgres_socket_dir(self) -> Path:
        return self.run / "pg"

    @property
    def valkey_home(self) -> Path:
        return self.root / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    def log_file(self, name: str) -> Path:
        return self.log / f"{name}.log"

    def check_socket_paths(self) -> None:
        """Refuse a directory whose sockets no client could open; the kernel would only say EINVAL."""
        longest = max(
            len(os.fsencode(path))
            for path in (self.postgres_socket_dir / POSTGRES_SOCKET_NAME, self.valkey_socket)
        )
        if longest > SOCKET_PATH_LIMIT:
            room = SOCKET_PATH_LIMIT - longest + len(os.fsencode(self.root))
            raise Refused(
                f"The data directory's path is too long for unix sockets: {self.root}\n"
                f"It may have at most {room} bytes. Choose a shorter one with --data DIR."
            )

    def create(self) -> None:
        """Create what is missing, with modes; an existing root directory keeps its own mode."""
        self.check_socket_paths()
        public = 0o711 if os.geteuid() == 0 else 0o700
        try:
            if not self.root.is_dir():
                self.root.mkdir(parents=True)
                self.root.chmod(public)
            for path, mode in (
                (self.log, 0o700),
                (self.run, public),
                (self.postgres_home, public),
                (self.valkey_home, 0o700),
            ):
                path.mkdir(exist_ok=True)
                path.chmod(mode)
        except OSError as error:
            raise Refused(
                f"The data directory {self.root} cannot be used: {error.strerror}.\n"
                "Choose one that belongs to you with --data DIR (or set TOLLGATE_DATA)."
            ) from error


@dataclass(frozen=True)
class ServerUser:
    """The account PostgreSQL runs under when the supervisor is root, because it refuses to run as root."""

    name: str
    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """`nobody` for root, None (stay who you are) for everybody else."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Refused(
            "PostgreSQL cannot run as root, and this machine has no user `nobody` to run it as.\n"
            "Run Tollgate as an ordinary user, or set DATABASE_URL to use your own PostgreSQL."
        ) from error
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def closed_ancestor(path: Path) -> Path | None:
    """The first directory on the way to `path` (itself included) that other users cannot pass, if any."""
    resolved = path.resolve()
    for directory in [*reversed(resolved.parents), resolved]:
        if directory.is_dir() and not directory.stat().st_mode & stat.S_IXOTH:
            return directory
    return None


def check_reachable(path: Path, user: ServerUser | None) -> None:
    """Refuse a data directory that PostgreSQL, running as `user`, could not get into."""
    if user is None:
        return
    closed = closed_ancestor(path)
    if closed is not None:
        raise Refused(
            f"PostgreSQL runs as `{user.name}` when Tollgate is started by root, and cannot reach {path}\n"
            f"because {closed} is closed to other users. Choose another place with --data DIR\n"
            f"(the default is {ROOT_DIRECTORY}), or open the way: chmod o+x {closed}"
        )
