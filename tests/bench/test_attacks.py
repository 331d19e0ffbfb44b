"""Every attack begins, and goes on until it is ended."""

import sys

import pytest

from tests.bench.attacks import ATTACKS
from tests.bench.machine import two_cores
from tests.bench.programs import running
from tests.support.stack import Stack


def test_it_works() -> None:
    assert set(ATTACKS) == {"slow_readers", "large_bodies", "invalid_keys", "idle_connections"}


@pytest.mark.parametrize("name", ["large_bodies", "invalid_keys"])
def test_an_attack_begins_and_goes_on(stack: Stack, name: str) -> None:
    command = [sys.executable, "-m", "tests.bench.attacks", name, stack.base_url, stack.api_key]
    with running(command, two_cores().others) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.poll() is None
