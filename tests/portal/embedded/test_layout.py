"""The data directory is checked before anything starts in it."""

import stat
from pathlib import Path

import pytest

from portal.embedded.layout import DataDirectory, ServerUser, check_reachable, closed_ancestor
from portal.embedded.refusal import Refused

NOBODY = ServerUser("nobody", 65534, 65534)


def test_it_works(place: Path) -> None:
    data = DataDirectory.at(place / "new")
    data.create()
    assert data.log.is_dir()


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"too long for unix sockets.*\n.*86 bytes.*--data"):
        DataDirectory.at(tmp_path / ("x" * 100)).create()


def test_the_longest_allowed_path_is_allowed() -> None:
    DataDirectory.at("/" + "x" * 85).check_socket_paths()


def test_bytes_count_not_characters() -> None:
    with pytest.raises(Refused):
        DataDirectory.at("/" + "ü" * 85).check_socket_paths()


def test_a_path_that_cannot_be_used_is_refused_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="--data DIR"):
        DataDirectory(Path("/dev/null/x")).create()


def test_logs_and_valkey_are_for_the_owner_only(data: DataDirectory) -> None:
    assert [stat.S_IMODE(path.stat().st_mode) for path in (data.log, data.valkey_home)] == [0o700, 0o700]


def test_an_existing_directory_keeps_its_mode(place: Path) -> None:
    (place / "mine").mkdir(mode=0o755)
    DataDirectory.at(place / "mine").create()
    assert stat.S_IMODE((place / "mine").stat().st_mode) == 0o755


def test_a_way_closed_to_the_server_user_is_refused_by_name(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Refused, match=f"because {closed} is closed"):
        check_reachable(closed / "data", NOBODY)


def test_an_ordinary_user_may_keep_it_closed(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    check_reachable(place / "closed", None)


def test_an_open_way_has_no_closed_ancestor(place: Path) -> None:
    assert closed_ancestor(place / "not" / "there") is None
