"""Without a C compiler there is nothing to measure with: `manage.py bench` says so, too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.machine import two_cores
from tests.bench.programs import compiled, running_upstream

collect_ignore = [] if shutil.which("cc") else ["test_bench.py", "test_load.py"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return compiled(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def upstream(programs: dict[str, Path]) -> Iterator[str]:
    with running_upstream(programs["upstream"], two_cores().others) as url:
        yield url
