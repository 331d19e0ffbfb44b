"""The clients of `--clients`: installed once, outside the checkout, whole or not at all."""

import os
from pathlib import Path

import pytest

from billing.management.checks import pytest_environment
from billing.management.clients import CLIENTS, obtain_clients

WORKS = """#!/bin/sh
echo called >> "$LOG"
mkdir -p node_modules/.bin
"""
FAILS = """#!/bin/sh
mkdir -p node_modules/.bin
echo the registry is away
exit 1
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine with an empty cache, whose programs are in `bin`."""
    (tmp_path / "bin").mkdir()
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    return {"PATH": path, "XDG_CACHE_HOME": str(tmp_path / "cache"), "LOG": str(tmp_path / "log")}


def npm(environ: dict[str, str], script: str) -> None:
    program = Path(environ["PATH"].partition(":")[0]) / "npm"
    program.write_text(script)
    program.chmod(0o755)


def test_it_works(environ: dict[str, str]) -> None:
    npm(environ, WORKS)
    home = obtain_clients(environ)
    assert home is not None
    assert home.is_relative_to(environ["XDG_CACHE_HOME"])
    assert (home / "node_modules/.bin").is_dir()
    assert '"@openai/codex"' in (home / "package.json").read_text()


def test_they_are_installed_once(environ: dict[str, str]) -> None:
    npm(environ, WORKS)
    assert obtain_clients(environ) == obtain_clients(environ)
    assert Path(environ["LOG"]).read_text() == "called\n"


def test_a_failed_installation_leaves_nothing(
    environ: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    npm(environ, FAILS)
    assert obtain_clients(environ) is None
    assert "the registry is away" in capfd.readouterr().out
    assert list(Path(environ["XDG_CACHE_HOME"]).rglob("*")) == [
        Path(environ["XDG_CACHE_HOME"]) / "tollgate-clients"
    ]


def test_without_npm_there_are_none(environ: dict[str, str]) -> None:
    assert obtain_clients(environ | {"PATH": os.devnull}) is None


def test_pytest_is_told_where_they_are(tmp_path: Path) -> None:
    assert pytest_environment({}, browser=True, clients=tmp_path)[CLIENTS] == str(tmp_path)
