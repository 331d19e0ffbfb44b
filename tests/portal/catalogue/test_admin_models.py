"""The operator's pages for models and price groups."""

from typing import Any

import pytest

from portal.catalogue import services
from portal.catalogue.models import AIModel, PriceGroup
from tests.support.stack import Stack

from .browsing import SITE, Operator, inline
from .offers import fresh, model, provider, published


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator()


def filled(name: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    sizes = {"max_output_tokens": 8_192, "context_tokens": 100_000}
    return {"name": name, "enabled": "on"} | sizes | inline("routes", *rows, initial=initial)


def test_it_works(operator: Operator) -> None:
    name, upstream = fresh("model"), provider("anthropic")
    route = {"provider": upstream.pk, "protocol": "anthropic", "upstream_model": "up", "enabled": "on"}
    operator.posts("catalogue/aimodel/add", filled(name, route | {"priority": 2, "weight": 3}))
    told = published().models[name]
    assert (told.max_output_tokens, told.context_tokens) == (8_192, 100_000)
    assert [(route.priority, route.weight) for route in told.routes] == [(2, 3)]


def test_the_list_and_the_forms_are_shown(operator: Operator) -> None:
    offered = model(provider("anthropic"), "anthropic")
    assert "input 3, cache_read 3" in operator.reads("catalogue/aimodel", q=offered.name)
    assert 'name="routes-0-upstream_model"' in operator.reads("catalogue/aimodel/add")
    assert offered.name in operator.reads(f"catalogue/aimodel/{offered.pk}/change")


def test_a_model_without_a_price_says_so(operator: Operator) -> None:
    offered = services.add_model(name=fresh("model"), actor=None)
    assert "none: calls are refused" in operator.reads("catalogue/aimodel", q=offered.name)


def test_a_route_can_be_taken_away(operator: Operator) -> None:
    offered = model(provider("anthropic"), "anthropic")
    route = offered.routes.get()
    row = {"id": route.pk, "model": offered.pk, "provider": route.provider_id, "protocol": "anthropic"}
    row |= {"upstream_model": "up", "priority": 1, "weight": 1, "DELETE": "on"}
    operator.posts(f"catalogue/aimodel/{offered.pk}/change", filled(offered.name, row, initial=1))
    assert published().models[offered.name].routes == ()


def test_deleting_is_published(operator: Operator) -> None:
    name = fresh("model")
    operator.posts("catalogue/aimodel/add", filled(name))
    offered = AIModel.objects.get(name=name)
    operator.posts(f"catalogue/aimodel/{offered.pk}/delete", {"post": "yes"})
    assert name not in published().models


def test_deleting_many_is_published(operator: Operator) -> None:
    offered = services.add_model(name=fresh("model"), actor=None)
    chosen = {"action": "delete_selected", "_selected_action": offered.pk, "post": "yes"}
    operator.posts("catalogue/aimodel", chosen)
    assert offered.name not in published().models


def test_a_model_with_a_price_cannot_be_deleted(operator: Operator) -> None:
    offered = model(provider())
    operator.client.post(f"{SITE}/catalogue/aimodel/{offered.pk}/delete/", {"post": "yes"})
    assert AIModel.objects.filter(pk=offered.pk).exists()


def test_a_price_group_is_published(operator: Operator) -> None:
    name = fresh("group")
    operator.posts("catalogue/pricegroup/add", {"name": name, "multiplier_ppm": 850_000})
    assert published().multipliers[PriceGroup.objects.get(name=name).pk] == 850_000
    assert "0.85" in operator.reads("catalogue/pricegroup")


def test_a_price_group_cannot_be_deleted(operator: Operator) -> None:
    group = PriceGroup.objects.create(name=fresh("group"))
    response = operator.client.post(f"{SITE}/catalogue/pricegroup/{group.pk}/delete/", {"post": "yes"})
    assert response.status_code == 403
