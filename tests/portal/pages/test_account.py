"""Signing up, in and out, and everything around it: allauth's pages in our dress."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from portal.accounts.models import User
from portal.organizations.models import Member, Organization, Role
from tests.support.cast import PASSWORD
from tests.support.pages import signed_in, source, words

FOR_VISITORS = [
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-set-password/",
    "/account/password/reset/key/done/",
    "/account/confirm-email/",
    "/account/confirm-email/unknown/",
    "/account/inactive/",
]
FOR_MEMBERS = ["/account/logout/", "/account/email/", "/account/password/change/", "/account/reauthenticate/"]


def is_dressed(response: object) -> bool:
    page = source(response)
    return "css/tollgate.css" in page and 'class="brand"' in page and page.count("<h1") == 1


def link(body: str) -> str:
    found = re.search(r"https?://\S+", body)
    assert found
    return urlsplit(found[0]).path


@pytest.fixture
def email(acme: Organization) -> str:
    return f"new-{acme.pk}@example.org"


def test_it_works(email: str) -> None:
    response = Client().post("/account/signup/", {"email": email, "password1": PASSWORD})
    assert response.headers["Location"] == "/settings/key-management"
    member = Member.platform.get(user__email=email)
    assert member.role == Role.OWNER


def test_a_long_address_founds_an_organization_too(acme: Organization) -> None:
    email = f"{acme.pk}{'n' * 200}@example.org"
    Client().post("/account/signup/", {"email": email, "password1": PASSWORD})
    name = Member.platform.select_related("organization").get(user__email=email).organization.name
    assert name == f"{email[:80]}'s organization"


@pytest.mark.parametrize("address", FOR_VISITORS)
def test_visitors_pages_are_dressed(acme: Organization, address: str) -> None:
    response = Client().get(address)
    assert response.status_code == 200
    assert is_dressed(response)


@pytest.mark.parametrize("address", FOR_MEMBERS)
def test_members_pages_are_dressed(alice: User, acme: Organization, address: str) -> None:
    response = signed_in(alice).get(address)
    assert response.status_code == 200
    assert is_dressed(response)


def test_signing_in(alice: User, acme: Organization) -> None:
    response = Client().post("/account/login/", {"login": alice.email, "password": PASSWORD})
    assert response.headers["Location"] == "/settings/key-management"


def test_signing_in_goes_back_to_where_one_was_going(alice: User, acme: Organization) -> None:
    client = Client()
    asked = client.get("/usage").headers["Location"]
    assert 'value="/usage"' in source(client.get(asked))
    response = client.post(asked, {"login": alice.email, "password": PASSWORD, "next": "/usage"})
    assert response.headers["Location"] == "/usage"


def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(
    alice: User, acme: Organization
) -> None:
    page = Client().post("/account/login/", {"login": alice.email, "password": "wrong"})
    assert "email address and/or password you specified are not correct" in words(page)
    assert 'role="alert"' in source(page) or "alert-wrong" in source(page)


def test_signing_out_needs_a_click(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    client.get("/account/logout/")
    assert client.get("/usage").status_code == 200
    assert client.post("/account/logout/").headers["Location"] == "/"
    assert client.get("/usage").status_code == 302


def test_a_lost_password(alice: User, acme: Organization) -> None:
    mail.outbox.clear()
    client = Client()
    client.post("/account/password/reset/", {"email": alice.email})
    assert mail.outbox[0].subject == "Choose a new password"
    assert "The link works once." in mail.outbox[0].body
    form = client.get(link(str(mail.outbox[0].body)), follow=True)
    assert "Choose a new password" in words(form)
    address = form.redirect_chain[-1][0]
    done = client.post(address, {"password1": "another horse 7", "password2": "another horse 7"}, follow=True)
    assert "Your password is changed" in words(done)
    assert Client().login(email=alice.email, password="another horse 7")


def test_an_unknown_address_is_told_by_mail_alone(email: str) -> None:
    mail.outbox.clear()
    page = Client().post("/account/password/reset/", {"email": email}, follow=True)
    assert "Check your mailbox" in words(page)
    assert mail.outbox[0].subject == "There is no account with this address"


def test_confirming_an_address(email: str) -> None:
    mail.outbox.clear()
    client = Client()
    client.post("/account/signup/", {"email": email, "password1": PASSWORD})
    assert mail.outbox[0].subject == "Welcome to Tollgate: confirm your e-mail address"
    question = client.get(link(str(mail.outbox[0].body)))
    assert is_dressed(question)
    assert f"Is {email} yours?" in words(question)
    client.post(link(str(mail.outbox[0].body)))
    assert EmailAddress.objects.get(email=email).verified


def test_changing_the_password(alice: User, acme: Organization) -> None:
    form = {"oldpassword": PASSWORD, "password1": "another horse 7", "password2": "another horse 7"}
    signed_in(alice).post("/account/password/change/", form)
    alice.refresh_from_db()
    assert alice.check_password("another horse 7")


def test_a_second_address(alice: User, acme: Organization, email: str) -> None:
    client = signed_in(alice)
    client.post("/account/email/", {"action_add": "", "email": email})
    assert email in words(client.get("/account/email/"))


def test_mails_are_written_in_the_language_of_the_page(alice: User, acme: Organization) -> None:
    mail.outbox.clear()
    Client(headers={"Accept-Language": "zh-CN"}).post("/account/password/reset/", {"email": alice.email})
    assert mail.outbox[0].subject == "设置新密码"
