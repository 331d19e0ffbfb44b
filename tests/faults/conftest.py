"""Every test of a fault on the shared stack ends with the same look for leaks."""

from collections.abc import Iterator

import pytest

from tests.faults import census
from tests.support.stack import Stack


@pytest.fixture
def no_leak(stack: Stack) -> Iterator[None]:
    """Descriptors, tasks, calls and connections come back to what they were."""
    before = census.take(stack)
    yield
    census.assert_no_leak(stack, before)
