"""The embedded PostgreSQL: made once, run in the foreground on a unix socket, nothing on the network."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded.binaries import PostgresProgram, find_postgres, open_to_others
from portal.embedded.child import Spec, tail
from portal.embedded.environment import DATABASES
from portal.embedded.layout import (
    POSTGRES_SOCKET_NAME,
    DataDirectory,
    ServerUser,
    check_reachable,
    server_user,
)
from portal.embedded.processtable import runs_postgres_in, wait_until
from portal.embedded.refusal import Refused

NAME = "postgres"
DATABASE = "tollgate"
SUPERUSER = "postgres"
STAGE = 50
FAST_DISK = "TOLLGATE_FAST_DISK"  # for tests: data survives a killed server, but not a killed machine
_LAST_POSTGRES_WITHOUT_BUILTIN_LOCALES = 16
_SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
)
# synchronous_commit stays on: without it a killed server would lose commits that were answered, which is
# just what the tests that kill it look for. Without fsync it costs next to nothing.
_FAST_SETTINGS = ("fsync=off", "full_page_writes=off")


def prepare(data: DataDirectory, program: PostgresProgram | None = None) -> Spec:
    """Make the database directory where it is missing, and say how to run the server on it. `program` is
    the installation to use, by default the best one found."""
    user = server_user()
    check_reachable(data.root, user)
    program = program or find_postgres()
    if user is not None:
        program = open_to_others(program, data.postgres_home)
    _own(data.postgres_socket_dir, user)
    if not data.postgres_data.exists():
        _initialise(program, data, user)
    settings = [f"unix_socket_directories={data.postgres_socket_dir}", *_SETTINGS]
    settings += _FAST_SETTINGS if _fast_disk() else ()
    arguments = [part for setting in settings for part in ("-c", setting)]
    return Spec(
        name=NAME,
        argv=(str(program.bin / "postgres"), "-D", str(data.postgres_data), *arguments),
        log=data.log_file(NAME),
        stage=STAGE,
        stop_signal=signal.SIGINT,  # "fast": running transactions are rolled back, data is flushed
        grace=60.0,
        env=_environment(),
        cwd=Path("/"),
        user=user,
        server=True,
        prepare=lambda: remove_stale_locks(data),
    )


def _environment() -> dict[str, str]:
    return {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.defpath}


def _fast_disk() -> bool:
    return os.environ.get(FAST_DISK) == "1"


def _own(directory: Path, user: ServerUser | None) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
    if user is not None:
        os.chown(directory, user.uid, user.gid)


def _initialise(program: PostgresProgram, data: DataDirectory, user: ServerUser | None) -> None:
    """initdb into a draft that becomes the database directory only when it is complete."""
    draft = data.postgres_home / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    _own(draft, user)
    locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    if program.major <= _LAST_POSTGRES_WITHOUT_BUILTIN_LOCALES:
        locale = ["--locale=C.UTF-8"]
    command = [str(program.bin / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--auth=trust"]
    command += ["--encoding=UTF8", *locale, "--data-checksums"]
    command += ["--no-sync"] if _fast_disk() else []
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        cwd="/",
        user=None if user is None else user.uid,
        group=None if user is None else user.gid,
        extra_groups=None if user is None else [],
    )
    if made.returncode != 0:
        raise Refused(f"PostgreSQL could not make its database directory:\n{made.stdout}{made.stderr}")
    draft.rename(data.postgres_data)


def remove_stale_locks(data: DataDirectory) -> None:
    """Remove lock files whose owner is gone. PostgreSQL trusts any live process with the noted pid, which
    after a crash may be anybody's. A postmaster that really runs here, left over from a supervisor
    killed before it had noted its pid, is ended: the directory lock says that it is nobody's."""
    files = (data.postgres_data / "postmaster.pid", data.postgres_socket_dir / f"{POSTGRES_SOCKET_NAME}.lock")
    for path in files:
        pid = _noted_pid(path)
        if pid is not None and runs_postgres_in(pid, data.postgres_data):
            _end_postmaster(pid, data.postgres_data)
        path.unlink(missing_ok=True)


def _noted_pid(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _end_postmaster(pid: int, directory: Path) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: not runs_postgres_in(pid, directory), 5.0):
            return


def answers(data: DataDirectory) -> bool:
    """Whether the server takes connections."""
    try:
        _connect(data, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _connect(data: DataDirectory, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(data.postgres_socket_dir),
        user=SUPERUSER,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def create_roles(data: DataDirectory) -> None:
    """The three roles and the database that the owner role owns; what exists stays. No role may pass row
    security: that is what the second wall between tenants rests on."""
    with _connect(data, "postgres") as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in DATABASES.values():
            verb = "ALTER" if role in known else "CREATE"
            statement = sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB")
            connection.execute(statement.format(sql.Identifier(role)))
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            owner = sql.Identifier(DATABASES["DATABASE_URL"])
            connection.execute(create.format(sql.Identifier(DATABASE), owner))


def failure(data: DataDirectory) -> str:
    """What the server last said."""
    return tail(data.log_file(NAME))
