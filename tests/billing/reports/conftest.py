"""A key and a model to have used."""

import pytest

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.organizations.models import Organization
from tests.support import cast
from tests.support.offers import offer


@pytest.fixture
def laptop(alice: User, acme: Organization) -> ApiKey:
    return cast.issue(acme, alice).key


@pytest.fixture
def model(acme: Organization) -> str:
    return offer("anthropic")
