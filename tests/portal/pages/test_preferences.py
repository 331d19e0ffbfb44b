"""/settings/preferences: name, language and theme."""

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support.pages import signed_in, source, words

ADDRESS = "/settings/preferences"
FORM = {"name": "Alice Moreau", "language": "", "theme": "auto"}


def test_it_works(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    page = client.post(ADDRESS, FORM, follow=True)
    alice.refresh_from_db()
    assert alice.name == "Alice Moreau"
    assert "Your preferences are saved." in words(page)
    assert "Alice Moreau" in words(client.get("/usage"))


def test_the_language_holds_from_the_next_page_on(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    page = client.post(ADDRESS, FORM | {"language": "zh-hans"}, follow=True)
    assert "您的偏好设置已保存。" in words(page)
    assert "API 密钥" in words(client.get("/settings/key-management"))


def test_the_browser_decides_again(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    client.post(ADDRESS, FORM | {"language": "zh-hans"})
    client.post(ADDRESS, FORM)
    assert "API keys" in words(client.get("/settings/key-management"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_there_before_any_script(alice: User, acme: Organization, theme: str) -> None:
    client = signed_in(alice)
    client.post(ADDRESS, FORM | {"theme": theme})
    assert f'data-bs-theme="{theme}"' in source(client.get("/usage"))


def test_without_a_choice_the_system_decides(alice: User, acme: Organization) -> None:
    page = source(signed_in(alice).get("/usage"))
    assert 'data-theme="auto"' in page
    assert "data-bs-theme=" not in page


def test_what_is_not_on_offer_is_refused(alice: User, acme: Organization) -> None:
    response = signed_in(alice).post(ADDRESS, FORM | {"language": "tlh"})
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.language == ""


def test_visitors_are_asked_to_sign_in(acme: Organization) -> None:
    assert Client().get(ADDRESS).status_code == 302


def test_other_sites_cannot(alice: User, acme: Organization) -> None:
    assert signed_in(alice, enforce_csrf_checks=True).post(ADDRESS, FORM).status_code == 403


def test_a_new_browser_is_told_the_language(alice: User, acme: Organization) -> None:
    alice.language = "zh-hans"
    alice.save()
    client = signed_in(alice, headers={"Accept-Language": "en"})
    assert "用量" in words(client.get("/usage"))
    assert client.cookies["django_language"].value == "zh-hans"
