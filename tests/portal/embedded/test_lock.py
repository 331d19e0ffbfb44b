"""One supervisor per data directory."""

import os
from pathlib import Path

import pytest

from portal.embedded.lock import DirectoryLock
from portal.embedded.refusal import Refused


def test_it_works(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()


def test_the_second_is_told_who_was_first(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path / "lock") as first:
        first.describe(url="http://127.0.0.1:8000")
        with (
            pytest.raises(
                Refused, match=rf"already running in .* \(pid {os.getpid()}, http://127.0.0.1:8000\)"
            ),
            DirectoryLock(tmp_path / "lock"),
        ):
            pass


def test_the_lock_can_be_taken_again_after_its_end(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path / "lock"):
        pass
    with DirectoryLock(tmp_path / "lock"):
        pass
