"""Which server programs are used, and the copy that `nobody` can run."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from portal.embedded.binaries import (
    OLDEST_POSTGRES,
    PostgresProgram,
    bundled_postgres,
    find_postgres,
    find_valkey,
    open_to_others,
)
from portal.embedded.layout import server_user


def closed_program(place: Path) -> PostgresProgram:
    """The bundled PostgreSQL in a directory that is closed to others, as in root's home."""
    bundled = bundled_postgres()
    assert bundled is not None
    package = bundled.bin.parent.parent
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package / "pginstall18", closed / package.name / "pginstall18", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    return replace(bundled, bin=closed / package.name / "pginstall18" / "bin")


def test_it_works() -> None:
    assert find_postgres().major >= OLDEST_POSTGRES
    assert find_valkey().exists()


def test_the_bundled_one_is_preferred() -> None:
    assert find_postgres().bundled


def test_a_closed_program_is_copied_where_the_server_user_can_run_it(place: Path) -> None:
    copied = open_to_others(closed_program(place), place / "home")
    user = server_user()
    answer = subprocess.run(
        [str(copied.bin / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        user=None if user is None else user.uid,
        cwd="/",
    )
    assert copied.bin.is_relative_to(place / "home")
    assert copied.version in answer.stdout


def test_a_copy_of_another_version_goes(place: Path) -> None:
    old = place / "home" / "program-0.0.1"
    old.mkdir(parents=True)
    open_to_others(closed_program(place), place / "home")
    assert not old.exists()


def test_an_existing_copy_is_used_again(place: Path) -> None:
    program = closed_program(place)
    first = open_to_others(program, place / "home").bin / "postgres"
    made = first.stat().st_ctime_ns
    assert open_to_others(program, place / "home").bin / "postgres" == first
    assert first.stat().st_ctime_ns == made


def test_the_machines_own_program_stays_where_it_is(place: Path) -> None:
    program = replace(closed_program(place), bundled=False)
    assert open_to_others(program, place / "home") == program
