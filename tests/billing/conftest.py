"""A Valkey of one's own: for tests that empty it, or that must be alone on the stream."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import override_settings

from portal.embedded.binaries import find_valkey
from portal.kit.redis import client
from tests.support.stack import Stack
from tests.support.waiting import eventually


@pytest.fixture
def own_redis(stack: Stack, tmp_path: Path) -> Iterator[Any]:
    """This process talks to an empty Valkey that nobody else knows; PostgreSQL stays the stack's."""
    socket = tmp_path / "own"
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([str(find_valkey()), *options], stdout=subprocess.DEVNULL) as server:
        try:
            with override_settings(REDIS_URL=f"unix://{socket}?db=0"):
                client.cache_clear()
                eventually(lambda: socket.exists() and client().ping())
                yield client()
                client().close()
        finally:
            client.cache_clear()
            server.terminate()
