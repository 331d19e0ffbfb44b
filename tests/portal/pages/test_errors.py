"""Pages for what went wrong look like the others and say what to do."""

import pytest
from django.test import Client, RequestFactory
from django.views import defaults

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support.pages import signed_in, source, words


def test_it_works(acme: Organization) -> None:
    response = Client().get("/nowhere")
    assert response.status_code == 404
    assert "There is nothing here" in words(response)
    assert "css/tollgate.css" in source(response)


def test_members_get_it_too(alice: User, acme: Organization) -> None:
    assert signed_in(alice).get("/nowhere").status_code == 404


def test_what_one_may_not_open(vera: User, acme: Organization) -> None:
    response = signed_in(vera).get("/billing")
    assert response.status_code == 403
    assert "Your role in this organization does not allow this." in words(response)


def test_a_broken_page_needs_nothing_to_say_so() -> None:
    """Neither a database nor a person nor a session."""
    response = defaults.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something broke on our side" in words(response)
    assert "css/tollgate.css" in source(response)


def test_a_request_that_cannot_be_read() -> None:
    response = defaults.bad_request(RequestFactory().get("/"), ValueError("secret detail"))
    assert response.status_code == 400
    assert "This request could not be read" in words(response)
    assert "secret detail" not in source(response)


@pytest.mark.parametrize("address", ["/nowhere", "/settings/key-management/999999999"])
def test_it_speaks_the_language_of_the_reader(alice: User, acme: Organization, address: str) -> None:
    response = signed_in(alice, headers={"Accept-Language": "zh-CN"}).get(address)
    assert response.status_code == 404
    assert "这里什么也没有" in words(response)
