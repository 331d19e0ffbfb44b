"""Ground for embedded servers: short paths that PostgreSQL, running as `nobody` under root, can reach."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded.console import Console
from portal.embedded.layout import DataDirectory
from portal.embedded.leftovers import ProcessFile
from portal.embedded.postgres import FAST_DISK
from portal.embedded.supervisor import Supervisor


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short directory under /tmp that others may pass (pytest's own are closed to them)."""
    monkeypatch.setenv(FAST_DISK, "1")
    path = Path(tempfile.mkdtemp(prefix="tg", dir="/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def data(place: Path) -> DataDirectory:
    directory = DataDirectory.at(place / "d")
    directory.create()
    return directory


@pytest.fixture
def supervisor(data: DataDirectory) -> Iterator[Supervisor]:
    made = Supervisor(ProcessFile(data.processes), Console())
    yield made
    made.stop()
