"""Every test of a fault on the shared stack ends with the same look for leaks."""

from collections.abc import Iterator

import pytest

from tests.faults import census
from tests.faults.own import directory, own_stack
from tests.support.stack import Stack


@pytest.fixture
def no_leak(stack: Stack) -> Iterator[None]:
    """Descriptors, tasks, calls and connections come back to what they were."""
    before = census.take(stack)
    yield
    census.assert_no_leak(stack, before)


@pytest.fixture
def own() -> Iterator[Stack]:
    """A stack of this test's own, in a directory of its own."""
    with directory() as data, own_stack(data) as started:
        yield started
