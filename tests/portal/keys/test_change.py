"""One key's own page, and what can be changed there: its name, its limits, whether it works."""

import pytest

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.organizations.models import AuditEntry, Organization
from tests.support import cast
from tests.support.pages import HTMX, signed_in, source, words

FORMS = {
    "rename": {"name": "Desk"},
    "limits": {"budget": "2.50", "rpm": "", "concurrency": "7"},
    "disable": {},
    "enable": {},
    "revoke": {},
}


@pytest.fixture
def laptop(alice: User, acme: Organization) -> ApiKey:
    return cast.issue(acme, alice, rpm=10, budget_total=1_000_000_000).key


def address(key: ApiKey, verb: str = "") -> str:
    return f"/settings/key-management/{key.pk}{verb and '/'}{verb}"


def fresh(key: ApiKey) -> ApiKey:
    return ApiKey.platform.get(pk=key.pk)


def test_it_works(alice: User, laptop: ApiKey) -> None:
    page = signed_in(alice).get(address(laptop))
    assert f"{laptop.prefix}…{laptop.last4}" in words(page)
    assert 'value="1.00"' in source(page)
    assert f"/usage?key={laptop.pk}" in source(page)


def test_rename(bob: User, laptop: ApiKey) -> None:
    page = signed_in(bob).post(address(laptop, "rename"), FORMS["rename"], follow=True)
    assert fresh(laptop).name == "Desk"
    assert "The key is now called “Desk”." in words(page)


def test_a_key_keeps_its_name_where_the_new_one_is_empty(alice: User, laptop: ApiKey) -> None:
    assert signed_in(alice).post(address(laptop, "rename"), {"name": ""}).status_code == 422
    assert fresh(laptop).name == "Test key"


def test_limits(bob: User, laptop: ApiKey) -> None:
    signed_in(bob).post(address(laptop, "limits"), FORMS["limits"])
    key = fresh(laptop)
    assert (key.budget_total, key.rpm, key.concurrency) == (2_500_000_000, None, 7)


def test_limits_that_cannot_be_are_refused(alice: User, laptop: ApiKey) -> None:
    response = signed_in(alice).post(address(laptop, "limits"), {"budget": "much"})
    assert response.status_code == 422
    assert "Enter a number." in words(response)
    assert fresh(laptop).rpm == 10


def test_disable_and_enable(bob: User, laptop: ApiKey) -> None:
    client = signed_in(bob)
    page = client.post(address(laptop, "disable"), follow=True)
    assert fresh(laptop).status == "disabled"
    assert "is disabled. Its calls are refused." in words(page)
    client.post(address(laptop, "enable"))
    assert fresh(laptop).status == "active"


def test_revoke_asks_first(bob: User, laptop: ApiKey) -> None:
    client = signed_in(bob)
    question = client.get(address(laptop, "revoke"))
    assert "This cannot be undone." in words(question)
    assert fresh(laptop).status == "active"
    client.post(address(laptop, "revoke"))
    assert fresh(laptop).status == "revoked"


def test_a_revoked_key_stays_so(alice: User, laptop: ApiKey) -> None:
    client = signed_in(alice)
    client.post(address(laptop, "revoke"))
    assert client.post(address(laptop, "enable")).status_code == 404
    assert fresh(laptop).status == "revoked"


@pytest.mark.parametrize("verb", ["disable", "enable", "revoke"])
def test_htmx_gets_the_new_list_and_the_message(alice: User, laptop: ApiKey, verb: str) -> None:
    page = source(signed_in(alice).post(address(laptop, verb), headers=HTMX))
    assert "<html" not in page
    assert 'id="keys"' in page
    assert 'id="messages" hx-swap-oob="true"' in page
    assert '<div id="panel" hx-swap-oob="true">' in page


@pytest.mark.parametrize("verb", FORMS)
def test_it_is_written_in_the_diary(alice: User, laptop: ApiKey, verb: str) -> None:
    signed_in(alice).post(address(laptop, verb), FORMS[verb])
    diary = AuditEntry.platform.filter(organization_id=laptop.organization_id, action__startswith="key.")
    assert diary.count() == 2
    assert {entry.actor_id for entry in diary} == {alice.pk}


@pytest.mark.parametrize("verb", FORMS)
def test_viewers_cannot(vera: User, laptop: ApiKey, verb: str) -> None:
    before = fresh(laptop).__dict__ | {"_state": None}
    assert signed_in(vera).post(address(laptop, verb), FORMS[verb]).status_code == 403
    assert fresh(laptop).__dict__ | {"_state": None} == before


def test_viewers_cannot_open_it(vera: User, laptop: ApiKey) -> None:
    assert signed_in(vera).get(address(laptop)).status_code == 403


@pytest.mark.parametrize("verb", FORMS)
def test_strangers_get_404(charlie: User, globex: Organization, laptop: ApiKey, verb: str) -> None:
    before = fresh(laptop).__dict__ | {"_state": None}
    assert signed_in(charlie).post(address(laptop, verb), FORMS[verb]).status_code == 404
    assert fresh(laptop).__dict__ | {"_state": None} == before


def test_strangers_cannot_open_it(charlie: User, globex: Organization, laptop: ApiKey) -> None:
    client = signed_in(charlie)
    assert client.get(address(laptop)).status_code == 404
    assert client.get(address(laptop, "revoke")).status_code == 404


@pytest.mark.parametrize("verb", ["rename", "limits", "disable", "enable"])
def test_looking_changes_nothing(alice: User, laptop: ApiKey, verb: str) -> None:
    assert signed_in(alice).get(address(laptop, verb)).status_code == 405


@pytest.mark.parametrize("verb", FORMS)
def test_other_sites_cannot(alice: User, laptop: ApiKey, verb: str) -> None:
    client = signed_in(alice, enforce_csrf_checks=True)
    assert client.post(address(laptop, verb), FORMS[verb]).status_code == 403
