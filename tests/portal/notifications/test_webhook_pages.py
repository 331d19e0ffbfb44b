"""/settings/webhooks: everybody in the organization sees them, owners and admins change them."""

import re
from typing import Any

import pytest

from portal.accounts.models import User
from portal.notifications.models import Delivery, Endpoint
from portal.organizations.models import AuditEntry, Organization, Role
from tests.support import cast
from tests.support.pages import signed_in, source, words
from tests.support.provider import nobody, playing, whole
from tests.support.waiting import eventually

from .told import State, add, attempts, deliveries, emit, ends

ADDRESS = "/settings/webhooks"
FORM = {"url": "https://example.com/hooks", "description": "Nightly", "event_types": ["ASYNC_TASK_RESULT"]}
CHANGES: dict[str, dict[str, Any]] = {
    "change": FORM,
    "rotate": {},
    "forget-former": {},
    "disable": {},
    "enable": {},
    "remove": {},
}


@pytest.fixture
def hook(alice: User, acme: Organization) -> Endpoint:
    return add(acme, alice, nobody(), description="Receiver").endpoint


@pytest.fixture
def sent(hook: Endpoint, acme: Organization) -> Delivery:
    emit(acme)
    eventually(lambda: attempts(acme))
    return deliveries(acme)[0]


def secret_on(page: Any) -> str:
    found = re.search(r"whsec_[\w-]+", source(page))
    assert found
    return found[0]


def test_it_works(alice: User, acme: Organization) -> None:
    client = signed_in(alice)
    page = client.post(f"{ADDRESS}/new", FORM)
    assert "It is shown this once" in words(page)
    assert "no-store" in page.headers["Cache-Control"]
    secret = secret_on(page)
    listed = client.get(ADDRESS)
    assert "https://example.com/hooks" in words(listed)
    assert "Active" in words(listed)
    assert secret not in source(listed)
    made = Endpoint.platform.get(organization=acme)
    assert secret not in source(client.get(f"{ADDRESS}/{made.pk}"))


def test_the_first_run_says_what_it_is_for(alice: User, acme: Organization) -> None:
    assert "Add your first webhook" in words(signed_in(alice).get(ADDRESS))


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://example.com", "https://me:secret@example.com", "https://exa mple.com"]
)
def test_what_is_no_address_is_refused(alice: User, acme: Organization, url: str) -> None:
    assert signed_in(alice).post(f"{ADDRESS}/new", FORM | {"url": url}).status_code == 422
    assert not Endpoint.platform.filter(organization=acme).exists()


def test_change(alice: User, hook: Endpoint) -> None:
    page = signed_in(alice).post(f"{ADDRESS}/{hook.pk}/change", FORM, follow=True)
    found = Endpoint.platform.get(pk=hook.pk)
    assert (found.url, found.description, found.event_types) == tuple(FORM.values())
    assert "The webhook is saved." in words(page)


def test_rotate_shows_the_new_secret_once(alice: User, hook: Endpoint) -> None:
    client = signed_in(alice)
    page = client.post(f"{ADDRESS}/{hook.pk}/rotate")
    assert secret_on(page)
    assert "the secret before it signs as well" in words(page)
    assert "End it now" in words(client.get(f"{ADDRESS}/{hook.pk}"))
    client.post(f"{ADDRESS}/{hook.pk}/forget-former")
    assert "End it now" not in words(client.get(f"{ADDRESS}/{hook.pk}"))


def test_disable_and_enable(alice: User, hook: Endpoint) -> None:
    client = signed_in(alice)
    client.post(f"{ADDRESS}/{hook.pk}/disable")
    assert "Disabled" in words(client.get(ADDRESS))
    Endpoint.platform.filter(pk=hook.pk).update(exhausted=5)
    client.post(f"{ADDRESS}/{hook.pk}/enable")
    found = Endpoint.platform.get(pk=hook.pk)
    assert (found.disabled_at, found.disabled_reason, found.exhausted) == (None, "", 0)


def test_remove_asks_first(alice: User, hook: Endpoint) -> None:
    client = signed_in(alice)
    assert "This cannot be undone." in words(client.get(f"{ADDRESS}/{hook.pk}/remove"))
    assert Endpoint.platform.filter(pk=hook.pk).exists()
    client.post(f"{ADDRESS}/{hook.pk}/remove")
    assert not Endpoint.platform.filter(pk=hook.pk).exists()


def test_the_log_says_how_it_went(vera: User, hook: Endpoint, sent: Delivery) -> None:
    client = signed_in(vera)
    log = words(client.get(f"{ADDRESS}/{hook.pk}"))
    assert "ASYNC_TASK_RESULT" in log
    assert "Waiting" in log
    page = words(client.get(f"{ADDRESS}/deliveries/{sent.pk}"))
    assert "No connection could be made." in page
    assert sent.event_id in page


def test_replay(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        add(acme, alice, receiver.url)
        emit(acme)
        ends(acme, State.DELIVERED)
        page = signed_in(alice).post(f"{ADDRESS}/deliveries/{deliveries(acme)[0].pk}/replay", follow=True)
        assert "The event is being sent once more." in words(page)
        ends(acme, State.DELIVERED, State.DELIVERED)


def test_addresses_named_in_requests_have_a_place(alice: User, acme: Organization) -> None:
    emit(acme, url=nobody())
    client, made = signed_in(alice), Endpoint.platform.get(organization=acme)
    assert "Addresses named in requests" in words(client.get(ADDRESS))
    assert secret_on(client.post(f"{ADDRESS}/{made.pk}/rotate"))
    for verb in ("change", "disable", "enable", "remove"):
        assert client.post(f"{ADDRESS}/{made.pk}/{verb}", FORM).status_code == 404


@pytest.mark.parametrize("verb", CHANGES)
def test_it_is_written_in_the_diary(alice: User, acme: Organization, hook: Endpoint, verb: str) -> None:
    signed_in(alice).post(f"{ADDRESS}/{hook.pk}/{verb}", CHANGES[verb])
    diary = AuditEntry.platform.filter(organization=acme, action__startswith="webhook.")
    assert [entry.actor_id for entry in diary] == [alice.pk, alice.pk]


@pytest.mark.parametrize("verb", CHANGES)
def test_viewers_and_developers_cannot(vera: User, bob: User, hook: Endpoint, verb: str) -> None:
    before = Endpoint.platform.filter(pk=hook.pk).values().get()
    for person in (vera, bob):
        assert signed_in(person).post(f"{ADDRESS}/{hook.pk}/{verb}", CHANGES[verb]).status_code == 403
    assert Endpoint.platform.filter(pk=hook.pk).values().get() == before


def test_viewers_see_no_buttons(vera: User, hook: Endpoint, sent: Delivery) -> None:
    client = signed_in(vera)
    assert "Add webhook" not in words(client.get(ADDRESS))
    assert "Rotate secret" not in words(client.get(f"{ADDRESS}/{hook.pk}"))
    assert "Send again" not in words(client.get(f"{ADDRESS}/deliveries/{sent.pk}"))
    assert client.get(f"{ADDRESS}/new").status_code == 403
    assert client.post(f"{ADDRESS}/deliveries/{sent.pk}/replay").status_code == 403


def test_admins_can(acme: Organization, hook: Endpoint) -> None:
    admin = cast.joins(cast.person("ada"), acme, Role.ADMIN)
    assert signed_in(admin).post(f"{ADDRESS}/{hook.pk}/disable").status_code == 302
    assert Endpoint.platform.get(pk=hook.pk).disabled_at


@pytest.mark.parametrize("verb", CHANGES)
def test_strangers_get_404(charlie: User, globex: Organization, hook: Endpoint, verb: str) -> None:
    client, before = signed_in(charlie), Endpoint.platform.filter(pk=hook.pk).values().get()
    assert client.get(f"{ADDRESS}/{hook.pk}").status_code == 404
    assert client.post(f"{ADDRESS}/{hook.pk}/{verb}", CHANGES[verb]).status_code == 404
    assert Endpoint.platform.filter(pk=hook.pk).values().get() == before


def test_strangers_see_no_delivery(charlie: User, globex: Organization, sent: Delivery) -> None:
    client = signed_in(charlie)
    assert client.get(f"{ADDRESS}/deliveries/{sent.pk}").status_code == 404
    assert client.post(f"{ADDRESS}/deliveries/{sent.pk}/replay").status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in CHANGES if verb != "remove"])
def test_looking_changes_nothing(alice: User, hook: Endpoint, verb: str) -> None:
    assert signed_in(alice).get(f"{ADDRESS}/{hook.pk}/{verb}").status_code == 405


def test_other_sites_cannot(alice: User, hook: Endpoint) -> None:
    client = signed_in(alice, enforce_csrf_checks=True)
    assert client.post(f"{ADDRESS}/{hook.pk}/disable").status_code == 403
    assert endpoint_is_enabled(hook)


def endpoint_is_enabled(hook: Endpoint) -> bool:
    return Endpoint.platform.get(pk=hook.pk).disabled_at is None
