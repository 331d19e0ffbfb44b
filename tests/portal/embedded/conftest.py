"""Ground for embedded servers: short paths that PostgreSQL, running as `nobody` under root, can reach."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.embedded.console import Console
from portal.embedded.layout import DataDirectory
from portal.embedded.leftovers import ProcessFile
from portal.embedded.postgres import FAST_DISK
from portal.embedded.supervisor import Supervisor


@contextmanager
def traversable() -> Iterator[Path]:
    """A short directory under /tmp that others may pass (pytest's own are closed to them)."""
    path = Path(tempfile.mkdtemp(prefix="tg", dir="/tmp"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="session", autouse=True)
def _fast_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FAST_DISK, "1")
        yield


@pytest.fixture
def place() -> Iterator[Path]:
    with traversable() as path:
        yield path


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
