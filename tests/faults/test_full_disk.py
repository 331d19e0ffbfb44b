"""The disk of the data directory is full for a while: nothing is admitted that could not be recorded."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from portal.embedded.layout import DataDirectory
from portal.embedded.postgres import SUPERUSER
from tests.faults.own import assert_nothing_lost_in, directory, own_stack, stop
from tests.faults.processes import pid_of, under_load
from tests.support.calls import ask
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.mount
SIZE = "320m"


@pytest.fixture
def cramped() -> Iterator[Stack]:
    """A stack of its own on a small disk in memory."""
    with directory() as data:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", str(data)], check=True
        )
        try:
            with own_stack(data) as started:
                yield started
        finally:
            subprocess.run(["umount", "--lazy", str(data)], check=True)


@contextmanager
def full(data: Path) -> Iterator[None]:
    """Not a byte is left while the block runs."""
    filler = data / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def end_postgresql(stack: Stack) -> None:
    """It ends when it needs room for its log of changes, and can only start again when there is some."""
    here = DataDirectory.at(stack.data)
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(
            host=str(here.postgres_socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection,
    ):
        for _ in range(100):
            connection.execute("SELECT pg_logical_emit_message(false, 'full', 'disk'), pg_switch_wal()")
        raise AssertionError("PostgreSQL has found room for a hundred segments")


def refused(stack: Stack) -> bool:
    return ask(stack, stack.api_key).status_code == 503


def test_it_works(cramped: Stack) -> None:
    web = pid_of(cramped, "web-1")

    def happen() -> None:
        with full(cramped.data):
            eventually(lambda: refused(cramped), seconds=20)
            end_postgresql(cramped)
            time.sleep(6)
            assert refused(cramped)

    answers = under_load(cramped, cramped.api_key, happen, after=6)
    assert len(answers.answered) > 50
    assert set(answers.refused) == {503}
    assert answers.broken == 0
    assert pid_of(cramped, "web-1") == web
    assert "No space left on device" in (cramped.data / "log" / "postgres.log").read_text()
    assert_nothing_lost_in(cramped, answers)
    assert stop(cramped) == 0
