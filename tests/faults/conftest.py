"""Every test of a fault on the shared stack ends with the same look for leaks."""

from collections.abc import Iterator

import pytest

from billing.charges import services
from billing.charges.models import Grant
from portal.organizations.models import Organization
from tests.faults import census
from tests.faults.own import directory, own_stack
from tests.support.stack import Stack

CREDIT = 1_000 * 10**9  # nano-USD


@pytest.fixture
def acme(acme: Organization) -> Organization:
    """With credit for many thousand calls."""
    services.grant(organization_id=acme.pk, kind=Grant.Kind.PROVISIONED, amount=CREDIT, actor=None)
    return acme


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
