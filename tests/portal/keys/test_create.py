"""/settings/key-management/new: a key is made, and shown once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from proxyapp import token
from tests.support.pages import HTMX, signed_in, source, words

ADDRESS = "/settings/key-management/new"
FORM = {"name": "Laptop", "expiry": "never"}


def only_key(organization: Organization) -> ApiKey:
    return ApiKey.platform.get(organization=organization)


def test_it_works(alice: User, acme: Organization) -> None:
    response = signed_in(alice).post(ADDRESS, FORM)
    shown = re.search(r'id="secret">(sk_\w+)<', source(response))
    assert shown
    key = only_key(acme)
    assert key.name == "Laptop"
    assert key.created_by == alice
    assert key.digest == token.digest(shown[1], settings.KEY_PEPPER)
    assert (key.expires_at, key.budget_total, key.rpm, key.concurrency) == (None, None, None, None)


def test_the_form_is_a_page_of_its_own(alice: User, acme: Organization) -> None:
    response = signed_in(alice).get(ADDRESS)
    assert "<html" in source(response)
    assert 'name="expires_on"' in source(response)


def test_the_secret_is_never_shown_again(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    shown = re.search(r'id="secret">(sk_\w+)<', source(client.post(ADDRESS, FORM)))
    assert shown
    for address in ("/settings/key-management", f"/settings/key-management/{only_key(acme).pk}"):
        assert shown[1] not in source(client.get(address))


def test_nothing_keeps_a_copy_of_the_secret(alice: User, acme: Organization) -> None:
    assert "no-store" in signed_in(alice).post(ADDRESS, FORM).headers["Cache-Control"]


def test_it_comes_with_commands_that_work_as_they_stand(alice: User, acme: Organization) -> None:
    page = words(signed_in(alice).post(ADDRESS, FORM))
    shown = re.search(r"sk_\w{48}", page)
    assert shown
    for start in (
        "curl http://testserver/anthropic/v1/messages",
        "curl http://testserver/openai/v1/chat/completions",
        "curl http://testserver/gemini/v1beta/models/",
        '"ANTHROPIC_BASE_URL": "http://testserver/anthropic"',
    ):
        assert start in page
    assert f"x-api-key: {shown[0]}" in page
    assert f"Authorization: Bearer {shown[0]}" in page
    assert f"x-goog-api-key: {shown[0]}" in page


def test_htmx_gets_the_key_and_the_new_list(alice: User, acme: Organization) -> None:
    page = source(signed_in(alice).post(ADDRESS, FORM, headers=HTMX))
    assert "<html" not in page
    assert 'id="secret"' in page
    assert 'id="keys" hx-swap-oob="true"' in page


@pytest.mark.parametrize("days", ["30", "90", "365"])
def test_it_can_expire_after_some_days(alice: User, acme: Organization, days: str) -> None:
    signed_in(alice).post(ADDRESS, FORM | {"expiry": days})
    expires = only_key(acme).expires_at
    assert expires
    assert abs(expires - timezone.now() - timedelta(days=int(days))) < timedelta(minutes=5)


def test_it_can_expire_at_the_end_of_a_day(alice: User, acme: Organization) -> None:
    signed_in(alice).post(ADDRESS, FORM | {"expiry": "date", "expires_on": "2099-12-31"})
    assert only_key(acme).expires_at == datetime(2100, 1, 1, tzinfo=UTC)


def test_today_is_early_enough(alice: User, acme: Organization) -> None:
    today = timezone.now().date()
    signed_in(alice).post(ADDRESS, FORM | {"expiry": "date", "expires_on": today.isoformat()})
    assert not only_key(acme).is_expired


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": ""}, "This field is required."),
        ({"expiry": "date"}, "Choose a day."),
        ({"expiry": "date", "expires_on": "2020-01-01"}, "This day is over."),
        ({"expiry": "date", "expires_on": "9999-12-31"}, "For no end, choose “Never”."),
        ({"expiry": "someday"}, "Select a valid choice."),
        ({"budget": "-1"}, "greater than or equal to 0"),
        ({"budget": "0.0000000001"}, "no more than 9 decimal places"),
        ({"rpm": "many"}, "Enter a whole number."),
    ],
)
def test_what_cannot_be_is_refused(
    alice: User, acme: Organization, change: dict[str, str], complaint: str
) -> None:
    response = signed_in(alice).post(ADDRESS, FORM | change)
    assert response.status_code == 422
    assert complaint in words(response)
    assert not ApiKey.platform.filter(organization=acme).exists()


def test_an_error_is_tied_to_its_field(alice: User, acme: Organization) -> None:
    page = source(signed_in(alice).post(ADDRESS, FORM | {"name": ""}))
    field = re.search(r'<input[^>]*name="name"[^>]*>', page)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    assert all(f'id="{name}"' in page for name in described[1].split())


def test_limits_are_exact(alice: User, acme: Organization) -> None:
    signed_in(alice).post(ADDRESS, FORM | {"budget": "0.000000001", "rpm": "0", "concurrency": "3"})
    key = only_key(acme)
    assert (key.budget_total, key.rpm, key.concurrency) == (1, 0, 3)


def test_viewers_cannot(vera: User, acme: Organization) -> None:
    client = signed_in(vera)
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, FORM).status_code == 403
    assert not ApiKey.platform.filter(organization=acme).exists()


def test_strangers_get_keys_of_their_own_organization(
    charlie: User, globex: Organization, acme: Organization
) -> None:
    signed_in(charlie).post(ADDRESS, FORM)
    assert only_key(globex)
    with organization_scope(acme.pk):
        assert not ApiKey.objects.exists()


def test_visitors_cannot(acme: Organization) -> None:
    assert Client().post(ADDRESS, FORM).status_code == 302


def test_other_sites_cannot(alice: User, acme: Organization) -> None:
    response = signed_in(alice, enforce_csrf_checks=True).post(ADDRESS, FORM)
    assert response.status_code == 403
    assert "This form is too old" in words(response)
