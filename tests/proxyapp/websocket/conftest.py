"""Whose key the conversations have, and under which tag the sandbox counts their calls."""

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import cast, wire


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def tag() -> str:
    return wire.fresh_tag()
