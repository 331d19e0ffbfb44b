"""Lock files of a PostgreSQL that is gone, and of one that nobody remembers."""

import subprocess
from collections.abc import Iterator

import pytest

from portal.embedded import postgres
from portal.embedded.child import spawn
from portal.embedded.layout import POSTGRES_SOCKET_NAME, DataDirectory, server_user
from portal.embedded.processtable import runs_postgres_in, wait_until
from portal.embedded.supervisor import Supervisor


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """Some process of PostgreSQL's own user that was given a dead postmaster's pid."""
    user = server_user()
    process = subprocess.Popen(["/bin/sleep", "300"], user=None if user is None else user.uid, cwd="/")
    yield process
    process.kill()
    process.wait()


def test_it_works(data: DataDirectory, supervisor: Supervisor) -> None:
    supervisor.start(postgres.prepare(data))
    assert wait_until(lambda: postgres.answers(data), 60.0)


def test_a_reused_pid_in_the_lock_files_is_not_believed(
    data: DataDirectory, supervisor: Supervisor, bystander: subprocess.Popen[bytes]
) -> None:
    spec = postgres.prepare(data)
    stale = f"{bystander.pid}\n{data.postgres_data}\n1700000000\n5432\n{data.postgres_socket_dir}\n"
    (data.postgres_data / "postmaster.pid").write_text(stale)
    (data.postgres_socket_dir / f"{POSTGRES_SOCKET_NAME}.lock").write_text(stale)
    supervisor.start(spec)
    assert wait_until(lambda: postgres.answers(data), 60.0)


def test_the_process_that_got_the_pid_is_left_alone(
    data: DataDirectory, bystander: subprocess.Popen[bytes]
) -> None:
    postgres.prepare(data)
    (data.postgres_data / "postmaster.pid").write_text(f"{bystander.pid}\n")
    postgres.remove_stale_locks(data)
    assert bystander.poll() is None


def test_an_unrecorded_postmaster_is_ended(data: DataDirectory) -> None:
    forgotten = spawn(postgres.prepare(data))
    assert wait_until(lambda: postgres.answers(data), 60.0)
    assert runs_postgres_in(forgotten.pid, data.postgres_data)
    postgres.remove_stale_locks(data)
    assert forgotten.wait(10) is not None
