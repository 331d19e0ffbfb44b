"""The operator's page for people."""

import pytest

from portal.accounts.models import User
from tests.support.stack import Stack

from .browsing import SITE, Operator
from .offers import fresh


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator()


def test_it_works(operator: Operator) -> None:
    address = f"{fresh('person')}@example.org"
    password = {"usable_password": "true", "password1": "a long enough one", "password2": "a long enough one"}
    operator.posts("accounts/user/add", {"email": address, "name": "Pat"} | password)
    assert User.objects.get(email=address).check_password("a long enough one")


def test_the_list_and_the_forms_are_shown(operator: Operator, alice: User) -> None:
    assert alice.email in operator.reads("accounts/user", q=alice.email)
    assert 'name="password1"' in operator.reads("accounts/user/add")
    assert alice.email in operator.reads(f"accounts/user/{alice.pk}/change")


def test_a_person_can_be_deactivated(operator: Operator, alice: User) -> None:
    operator.posts(f"accounts/user/{alice.pk}/change", {"email": alice.email, "name": alice.name})
    alice.refresh_from_db()
    assert not alice.is_active


def test_an_address_in_other_letters_is_the_same(operator: Operator, alice: User) -> None:
    form = {"email": alice.email.upper(), "usable_password": "false"}
    assert "one_person_per_address" in operator.is_refused("accounts/user/add", form)


def test_nobody_is_deleted(operator: Operator, alice: User) -> None:
    response = operator.client.post(f"{SITE}/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
