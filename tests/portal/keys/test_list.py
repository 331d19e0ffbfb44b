"""/settings/key-management: what a member finds there."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.keys import services as keys
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization, Role
from tests.support import cast
from tests.support.pages import HTMX, queries, signed_in, source, words

ADDRESS = "/settings/key-management"


def issue(organization: Organization, actor: User, count: int = 1) -> list[keys.Issued]:
    return [cast.issue(organization, actor) for _ in range(count)]


def test_it_works(alice: User, acme: Organization) -> None:
    issued = cast.issue(acme, alice, budget_total=12_500_000_000, rpm=60, concurrency=4)
    page = words(signed_in(alice).get(ADDRESS))
    assert "Test key" in page
    assert f"{issued.key.prefix}…{issued.key.last4}" in page
    assert "Active" in page
    assert "up to $12.50 , 60/min , 4 at a time" in page


def test_the_first_run_shows_how_to_begin(alice: User, acme: Organization) -> None:
    page = words(signed_in(alice).get(ADDRESS))
    assert "No keys yet" in page
    assert "curl http" in page
    assert "Create your first key" in page


def test_it_says_what_a_key_is(alice: User, acme: Organization) -> None:
    revoked, disabled, expired = (issued.key for issued in issue(acme, alice, 3))
    with organization_scope(acme.pk):
        keys.revoke(key=revoked, actor=alice)
        keys.disable(key=disabled, actor=alice)
        expired.expires_at = timezone.now() - timedelta(days=1)
        expired.save()
    page = words(signed_in(alice).get(ADDRESS))
    assert [page.count(word) for word in ("Revoked", "Disabled", "Expired", "Active")] == [1, 1, 1, 0]


def test_revoked_keys_come_last(alice: User, acme: Organization) -> None:
    with organization_scope(acme.pk):
        keys.issue(name="Older", actor=alice)
        keys.revoke(key=keys.issue(name="Gone", actor=alice).key, actor=alice)
    page = words(signed_in(alice).get(ADDRESS))
    assert page.index("Older") < page.index("Gone")


def test_viewers_see_no_actions(vera: User, acme: Organization, alice: User) -> None:
    issue(acme, alice)
    page = source(signed_in(vera).get(ADDRESS))
    assert "Test key" in page
    assert "Create key" not in page
    assert "/revoke" not in page


def test_the_billing_role_sees_no_actions(acme: Organization, alice: User) -> None:
    issue(acme, alice)
    clerk = cast.joins(cast.person("clerk"), acme, Role.BILLING)
    assert "/disable" not in source(signed_in(clerk).get(ADDRESS))


def test_strangers_see_their_own_keys_only(charlie: User, globex: Organization, acme: Organization) -> None:
    issued = cast.issue(acme, cast.joins(cast.person("dora"), acme, Role.DEVELOPER))
    assert issued.key.prefix not in source(signed_in(charlie).get(ADDRESS))


def test_visitors_are_asked_to_sign_in(acme: Organization) -> None:
    response = Client().get(ADDRESS)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/account/login/?next={ADDRESS}"


def test_a_part_for_a_visitor_sends_the_whole_page_to_the_sign_in(acme: Organization) -> None:
    response = Client().get(ADDRESS, headers=HTMX)
    assert response.status_code == 200
    assert response.headers["HX-Redirect"].startswith("/account/login/?next=/settings/key-management")


def test_somebody_without_an_organization_is_told_so(acme: Organization) -> None:
    response = signed_in(cast.person("nobody")).get(ADDRESS)
    assert response.status_code == 403
    assert "You do not belong to an organization yet." in words(response)


def test_htmx_gets_the_list_alone(alice: User, acme: Organization) -> None:
    issue(acme, alice)
    response = signed_in(alice).get(ADDRESS, headers=HTMX)
    assert "<html" not in source(response)
    assert 'id="keys"' in source(response)
    assert "HX-Request" in response.headers["Vary"]


def test_it_asks_for_what_was_spent(alice: User, acme: Organization) -> None:
    first, second = issue(acme, alice, 2)
    asked = f'hx-get="/billing/fragments/key-spend?keys={second.key.pk},{first.key.pk}"'
    assert asked in source(signed_in(alice).get(ADDRESS))


def test_it_is_read_in_pages(alice: User, acme: Organization) -> None:
    issue(acme, alice, 51)
    client = signed_in(alice)
    assert "Page 1 of 2" in words(client.get(ADDRESS))
    assert words(client.get(f"{ADDRESS}?page=2")).count("Test key") == 1


def test_more_keys_need_no_more_queries(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    issue(acme, alice)
    few = queries(client, ADDRESS)
    issue(acme, alice, 20)
    assert queries(client, ADDRESS) == few
    assert few <= 20
