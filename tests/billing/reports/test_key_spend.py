"""/billing/fragments/key-spend: what the list of keys asks for."""

from django.test import Client

from portal.accounts.models import User
from portal.keys.models import ApiKey
from portal.organizations.models import Organization
from tests.billing.given import drained
from tests.billing.reports.used import call
from tests.support import cast
from tests.support.pages import HTMX, queries, signed_in, source, words

ADDRESS = "/billing/fragments/key-spend"


def test_it_works(alice: User, laptop: ApiKey, model: str) -> None:
    drained(
        call(laptop, model, charged=2_500_000_000), call(laptop, model, days_ago=40, charged=1_000_000_000)
    )
    page = signed_in(alice).get(f"{ADDRESS}?keys={laptop.pk}")
    assert words(page) == "$2.50 $3.50 in all"
    assert f'<span id="spend-{laptop.pk}" hx-swap-oob="true">' in source(page)


def test_a_key_without_calls_spent_nothing(alice: User, laptop: ApiKey) -> None:
    assert words(signed_in(alice).get(f"{ADDRESS}?keys={laptop.pk}")) == "$0.00"


def test_everyone_who_sees_keys_sees_it(vera: User, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, charged=2_500_000_000))
    assert words(signed_in(vera).get(f"{ADDRESS}?keys={laptop.pk}")) == "$2.50"


def test_strangers_learn_nothing(charlie: User, globex: Organization, laptop: ApiKey, model: str) -> None:
    drained(call(laptop, model, charged=2_500_000_000))
    assert words(signed_in(charlie).get(f"{ADDRESS}?keys={laptop.pk}")) == "$0.00"


def test_visitors_learn_nothing(laptop: ApiKey) -> None:
    response = Client().get(f"{ADDRESS}?keys={laptop.pk}", headers=HTMX)
    assert "HX-Redirect" in response.headers
    assert not source(response)


def test_nonsense_is_left_out(alice: User, laptop: ApiKey) -> None:
    page = signed_in(alice).get(f"{ADDRESS}?keys=x,,-1,{laptop.pk},99999999999999999999")
    assert page.status_code == 200
    assert source(page).count("<span id=") == 1


def test_more_keys_need_no_more_queries(alice: User, acme: Organization, laptop: ApiKey) -> None:
    client = signed_in(alice)
    few = queries(client, f"{ADDRESS}?keys={laptop.pk}")
    many = ",".join(str(cast.issue(acme, alice).key.pk) for _ in range(10))
    assert queries(client, f"{ADDRESS}?keys={many}") == few
