"""The command as it is started: its exit codes, its files, and what it does when a server is away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.catalogue.services import TOPIC
from portal.kit.models import OutboxRow
from tests.support.stack import CHECKOUT, Stack
from tests.support.waiting import eventually

from .filing import fresh

COMMAND = [sys.executable, "-m", "django", "provision"]
NOWHERE = "/nonexistent"


def provider(name: str) -> str:
    return f'[[providers]]\nname = "{name}"\nprotocols = {{ gemini = "https://g.example.com" }}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A faultless file with a provider that is not there yet."""
    path = tmp_path / "provision.toml"
    path.write_text(provider(fresh("provider")))
    return path


def run(*arguments: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=CHECKOUT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_works(stack: Stack, file: Path) -> None:
    first, second = run(file), run(file)
    assert (first.returncode, first.stdout.splitlines()[0][:10]) == (0, "+ provider")
    assert (second.returncode, second.stdout, second.stderr) == (0, "nothing changed\n", "")


def test_a_bad_file_is_exit_code_2(stack: Stack, file: Path) -> None:
    file.write_text("colour = 1")
    ended = run(file)
    assert (ended.returncode, "colour: unknown field" in ended.stderr) == (2, True)


def test_a_missing_file_is_exit_code_2(stack: Stack, file: Path) -> None:
    ended = run(file.with_name("nothing.toml"))
    assert (ended.returncode, "cannot be read" in ended.stderr) == (2, True)


def test_a_file_in_another_encoding_is_exit_code_2(stack: Stack, file: Path) -> None:
    file.write_bytes("# Grüße".encode("latin-1"))
    assert run(file).returncode == 2


def test_an_out_file_that_is_not_ours_is_exit_code_2_and_nothing_is_applied(
    stack: Stack, file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "secrets.json"
    out.write_text('{"secret_key": "x"}')
    assert run(file, "--out", out).returncode == 2
    assert run(file).stdout != "nothing changed\n"


def test_a_bad_file_is_told_without_a_database(stack: Stack, file: Path) -> None:
    file.write_text("colour = 1")
    ended = run(file, DATABASE_APP_URL=f"postgresql://x@/x?host={NOWHERE}")
    assert (ended.returncode, "colour: unknown field" in ended.stderr) == (2, True)


def test_without_a_database_it_says_so(stack: Stack, file: Path) -> None:
    ended = run(file, DATABASE_APP_URL=f"postgresql://x@/x?host={NOWHERE}")
    assert (ended.returncode, "PostgreSQL cannot be used" in ended.stderr) == (1, True)


def test_without_redis_it_is_stored_and_the_running_stack_tells_it(stack: Stack, file: Path) -> None:
    ended = run(file, REDIS_URL=f"unix://{NOWHERE}/valkey?db=0")
    assert (ended.returncode, ended.stdout.splitlines()[0][:10]) == (0, "+ provider")
    assert "Traceback" not in ended.stderr
    eventually(lambda: not OutboxRow.platform.filter(topic=TOPIC).exists())


def test_two_at_once_bring_it_about_once(stack: Stack, file: Path) -> None:
    name = fresh("Acme")
    with file.open("a") as more:
        more.write(f'[[organizations]]\nname = "{name}"\nowner = "{name}@example.org"\ncredit = 1\n')
        more.write('keys = [{ name = "CI" }]\n')
    both = [subprocess.Popen([*COMMAND, file], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in "ab"]
    printed = [run.communicate(timeout=60)[0] for run in both]
    assert [run.returncode for run in both] == [0, 0]
    for change in ("+ provider", "+ person", "+ organization", "+ credit", "+ key"):
        assert "".join(printed).count(change) == 1
