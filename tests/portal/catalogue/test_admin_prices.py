"""The operator's page for prices: versions are added and ended, never changed."""

from typing import Any

import pytest

from portal.catalogue.models import AIModel, Price, PriceGroup
from tests.support.stack import Stack

from .browsing import SITE, Operator
from .offers import RATES, fresh, model, provider, published


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator()


@pytest.fixture
def offered(stack: Stack) -> AIModel:
    return model(provider("anthropic"), "anthropic")


def filled(offered: AIModel, **values: Any) -> dict[str, Any]:
    return {"book": "sell", "model": offered.pk, "group": "", "provider": ""} | values


def test_it_works(operator: Operator, offered: AIModel) -> None:
    operator.posts(
        "catalogue/price/add", filled(offered, input="3", output="15", cache_read="0.3", per_call="0.01")
    )
    past, present = Price.objects.filter(model=offered).order_by("pk")
    assert past.valid_until == present.valid_from
    assert published().models[offered.name].prices[0].rates == RATES | {
        "output": 15_000_000,
        "cache_read": 300_000,
        "calls": 10_000_000_000,
    }


def test_the_list_and_the_form_are_shown(operator: Operator, offered: AIModel) -> None:
    assert "input 3, cache_read 3" in operator.reads("catalogue/price", q=offered.name)
    assert 'name="per_call"' in operator.reads("catalogue/price/add")


def test_present_and_past_versions_can_be_told_apart(operator: Operator, offered: AIModel) -> None:
    operator.posts("catalogue/price/add", filled(offered, input="77", output="78"))
    present = operator.reads("catalogue/price", q=offered.name, version="present")
    past = operator.reads("catalogue/price", q=offered.name, version="past")
    assert ("input 77" in present, "input 77" in past, "input 3" in past) == (True, False, True)


def test_a_version_is_shown_and_not_changed(operator: Operator, offered: AIModel) -> None:
    price = Price.objects.get(model=offered)
    page = f"catalogue/price/{price.pk}/change"
    assert "input 3, cache_read 3" in operator.reads(page)
    response = operator.client.post(f"{SITE}/{page}/", filled(offered, input="1", output="1"))
    assert response.status_code == 403


def test_a_version_is_not_deleted(operator: Operator, offered: AIModel) -> None:
    price = Price.objects.get(model=offered)
    response = operator.client.post(f"{SITE}/catalogue/price/{price.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403


def test_a_group_can_have_its_own_price(operator: Operator, offered: AIModel) -> None:
    group = PriceGroup.objects.create(name=fresh("group"))
    operator.posts("catalogue/price/add", filled(offered, group=group.pk, input="1", output="2"))
    assert published().models[offered.name].prices[group.pk].rates["output"] == 2_000_000


def test_a_provider_can_have_its_own_cost(operator: Operator, offered: AIModel) -> None:
    route = offered.routes.get()
    cost = filled(offered, book="cost", provider=route.provider_id, input="1", output="2")
    operator.posts("catalogue/price/add", cost)
    told = published().models[offered.name].routes[0].cost
    assert told is not None
    assert told.rates["output"] == 2_000_000


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"input": "3"}, "tokens of this kind would be free"),
        ({}, "names no price"),
        ({"input": "-1", "output": "1"}, "greater than or equal to 0"),
        ({"input": "0.0000001", "output": "1"}, "no more than 6 decimal places"),
        ({"input": "NaN", "output": "1"}, "Enter a number"),
        ({"input": "3", "output": "3"}, "present price already"),
    ],
)
def test_a_price_is_refused(
    operator: Operator, offered: AIModel, values: dict[str, str], complaint: str
) -> None:
    assert complaint in operator.is_refused("catalogue/price/add", filled(offered, **values))


def test_a_sell_price_is_not_by_provider(operator: Operator, offered: AIModel) -> None:
    form = filled(offered, provider=offered.routes.get().provider_id, input="1", output="2")
    assert "Only cost prices are by provider" in operator.is_refused("catalogue/price/add", form)


def test_a_cost_price_is_not_by_group(operator: Operator, offered: AIModel) -> None:
    group = PriceGroup.objects.create(name=fresh("group"))
    form = filled(offered, book="cost", group=group.pk, input="1", output="2")
    assert "Only sell prices are by group" in operator.is_refused("catalogue/price/add", form)


def test_versions_can_be_ended(operator: Operator, offered: AIModel) -> None:
    price = Price.objects.get(model=offered)
    operator.posts("catalogue/price", {"action": "close_versions", "_selected_action": price.pk})
    assert published().models[offered.name].prices == {}
