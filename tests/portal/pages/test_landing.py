"""/: what this is, shown by a command that works."""

import re

from django.test import Client

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support.pages import signed_in, source, words


def test_it_works(acme: Organization) -> None:
    page = words(Client().get("/"))
    assert "the exact cost of every call" in page
    assert "curl http://testserver/anthropic/v1/messages" in page
    assert "Create an account" in page


def test_members_find_the_way_in(alice: User, acme: Organization) -> None:
    page = source(signed_in(alice).get("/"))
    assert 'href="/settings/key-management"' in page
    assert "/account/signup/" not in page


def test_scripts_carry_the_nonce_of_the_policy(acme: Organization) -> None:
    response = Client().get("/")
    policy = response.headers["Content-Security-Policy"]
    nonces = set(re.findall(r'<script[^>]*nonce="([^"]+)"', source(response)))
    assert len(nonces) == 1
    assert f"script-src 'self' 'nonce-{nonces.pop()}'" in policy
    assert "unsafe" not in policy


def test_it_can_be_used_by_keyboard_and_ear(acme: Organization) -> None:
    page = source(Client().get("/"))
    assert 'href="#main"' in page
    assert '<main id="main"' in page
    assert page.count('aria-live="polite"') == 1
