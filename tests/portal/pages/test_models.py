"""/models: the price list."""

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel, PriceAssignment, PriceGroup
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from tests.support.offers import PER_TOKEN, offer
from tests.support.pages import queries, signed_in, words

ADDRESS = "/models"


@pytest.fixture
def model(acme: Organization) -> str:
    return offer("anthropic")


def row(page: str, model: str) -> str:
    return page.partition(model)[2][:80]


def assigned(organization: Organization, multiplier_ppm: int) -> PriceGroup:
    group = PriceGroup.objects.create(name=f"Group {organization.pk}", multiplier_ppm=multiplier_ppm)
    with organization_scope(organization.pk):
        PriceAssignment.objects.create(group=group)
    return group


def test_it_works(model: str) -> None:
    prices = row(words(Client().get(ADDRESS)), model)
    assert prices.split()[:8] == ["200,000", "32,768", "$3.00", "$0.30", "$3.75", "$6.00", "$15.00", "–"]


def test_members_see_it_in_the_console(alice: User, acme: Organization, model: str) -> None:
    page = words(signed_in(alice).get(ADDRESS))
    assert "Acme" in page
    assert "$15.00" in row(page, model)


def test_a_group_pays_its_multiple(alice: User, acme: Organization, model: str) -> None:
    group = assigned(acme, 1_250_000)
    page = words(signed_in(alice).get(ADDRESS))
    assert f"These are the prices of your organization (“{group.name}”)." in page
    assert "$3.75" in row(page, model)
    assert "$18.75" in row(page, model)


def test_a_group_pays_its_own_price_where_it_has_one(alice: User, acme: Organization, model: str) -> None:
    group = assigned(acme, 1_250_000)
    own = PER_TOKEN | {"input": 1_000_000}
    services.set_price(book="sell", model=AIModel.objects.get(name=model), group=group, rates=own, actor=None)
    assert "$1.00" in row(words(signed_in(alice).get(ADDRESS)), model)


def test_other_organizations_pay_the_base_price(
    charlie: User, globex: Organization, acme: Organization, model: str
) -> None:
    assigned(acme, 2_000_000)
    assert "$3.00" in row(words(signed_in(charlie).get(ADDRESS)), model)


def test_what_cannot_be_called_is_not_on_the_list(model: str) -> None:
    services.change_model(model=AIModel.objects.get(name=model), enabled=False, actor=None)
    assert model not in words(Client().get(ADDRESS))


def test_what_has_no_price_is_not_on_the_list(acme: Organization) -> None:
    name = f"unpriced-{acme.pk}"
    services.add_model(name=name, actor=None)
    assert name not in words(Client().get(ADDRESS))


def test_more_models_need_no_more_queries(alice: User, acme: Organization, model: str) -> None:
    client = signed_in(alice)
    few = queries(client, ADDRESS)
    offer("anthropic")
    assert queries(client, ADDRESS) == few
