"""What the gateway is told: what can be used, and nothing that cannot."""

from pathlib import Path

import pytest
from django.conf import settings

from portal.catalogue import publish, services
from portal.catalogue.models import AIModel, PriceGroup, Provider
from proxyapp.money import PPM
from proxyapp.sealing import Sealer
from proxyapp.snapshot import ModelFacts, RoadFacts, encode
from tests.proxyapp.upstream.authority import Authority
from tests.support.stack import Stack

from .offers import BASE_URL, DEARER, RATES, SECRET, fresh, model, provider, published

PROXY = "http://user:pa55word@proxy.example:3128"


@pytest.fixture
def upstream(stack: Stack) -> Provider:
    return provider("anthropic", "gemini")


@pytest.fixture
def offered(upstream: Provider) -> AIModel:
    return model(upstream, "anthropic", "gemini")


def facts(offered: AIModel) -> ModelFacts:
    return published().models[offered.name]


def test_it_works(upstream: Provider, offered: AIModel) -> None:
    told = facts(offered)
    assert (told.model_id, told.max_output_tokens, told.prices[0].rates) == (offered.pk, 32_768, RATES)
    assert {(route.protocol, route.base_url, route.upstream_model) for route in told.routes} == {
        ("anthropic", BASE_URL, "up"),
        ("gemini", BASE_URL, "up"),
    }


def test_the_secret_travels_sealed(offered: AIModel) -> None:
    (credential,) = facts(offered).routes[0].credentials
    opened = Sealer.from_text(settings.ENCRYPTION_KEYS).open(credential.sealed, credential.context)
    assert opened == SECRET
    assert SECRET.encode() not in encode(published())


def test_a_disabled_model_is_not_told(offered: AIModel) -> None:
    services.change_model(model=offered, enabled=False, actor=None)
    assert offered.name not in published().models


def test_the_routes_of_a_disabled_provider_are_not_told(upstream: Provider, offered: AIModel) -> None:
    services.change_provider(provider=upstream, enabled=False, actor=None)
    assert facts(offered).routes == ()


def test_a_disabled_route_is_not_told(offered: AIModel) -> None:
    services.disable_route(route=offered.routes.get(protocol="gemini"), actor=None)
    assert [route.protocol for route in facts(offered).routes] == ["anthropic"]


def test_a_disabled_credential_is_not_told(upstream: Provider, offered: AIModel) -> None:
    services.disable_credential(credential=upstream.credentials.get(), actor=None)
    assert {route.credentials for route in facts(offered).routes} == {()}


def test_a_route_over_a_protocol_without_address_is_not_told(upstream: Provider, offered: AIModel) -> None:
    services.remove_address(address=upstream.endpoints.get(protocol="gemini"), actor=None)
    assert [route.protocol for route in facts(offered).routes] == ["anthropic"]


def test_private_addresses_are_allowed_where_the_provider_says_so(
    upstream: Provider, offered: AIModel
) -> None:
    services.change_provider(provider=upstream, allow_private_addresses=True, actor=None)
    assert all(route.allow_private for route in facts(offered).routes)


def test_a_model_without_a_price_is_told_without_one(upstream: Provider) -> None:
    assert facts(services.add_model(name=fresh("model"), actor=None)).prices == {}


def test_only_the_present_price_is_told(offered: AIModel) -> None:
    price = services.set_price(book="sell", model=offered, rates=DEARER, actor=None)
    assert price is not None
    assert (facts(offered).prices[0].price_id, facts(offered).prices[0].rates) == (price.pk, DEARER)


def test_a_group_has_its_own_price_and_multiplier(offered: AIModel) -> None:
    group = PriceGroup.objects.create(name=fresh("group"), multiplier_ppm=900_000)
    services.set_price(book="sell", model=offered, rates=DEARER, group=group, actor=None)
    assert facts(offered).prices[group.pk].rates == DEARER
    assert facts(offered).prices[0].rates == RATES
    assert published().multipliers[group.pk] == 900_000


def test_an_ended_group_price_falls_back_to_the_base(offered: AIModel) -> None:
    group = PriceGroup.objects.create(name=fresh("group"), multiplier_ppm=PPM)
    price = services.set_price(book="sell", model=offered, rates=DEARER, group=group, actor=None)
    assert price is not None
    services.close_price(price=price, actor=None)
    assert list(facts(offered).prices) == [0]


def test_a_provider_has_its_own_cost(upstream: Provider, offered: AIModel) -> None:
    services.set_price(book="cost", model=offered, rates=RATES, actor=None)
    services.set_price(book="cost", model=offered, rates=DEARER, provider=upstream, actor=None)
    costs = [route.cost for route in facts(offered).routes]
    assert [cost.rates for cost in costs if cost] == [DEARER, DEARER]


def test_other_providers_cost_what_the_model_costs(upstream: Provider, offered: AIModel) -> None:
    services.set_price(book="cost", model=offered, rates=RATES, actor=None)
    services.set_price(book="cost", model=offered, rates=DEARER, provider=provider(), actor=None)
    costs = [route.cost for route in facts(offered).routes]
    assert [cost.rates for cost in costs if cost] == [RATES, RATES]


def test_without_a_cost_there_is_none(offered: AIModel) -> None:
    assert {route.cost for route in facts(offered).routes} == {None}


def test_the_same_catalogue_has_the_same_version(offered: AIModel) -> None:
    assert publish.build().version == publish.build().version


def test_another_catalogue_has_another_version(offered: AIModel) -> None:
    before = publish.build().version
    services.change_model(model=offered, context_tokens=1, actor=None)
    assert publish.build().version != before


def test_a_provider_that_is_simply_called_has_no_road(upstream: Provider, offered: AIModel) -> None:
    assert upstream.pk not in published().roads


def test_the_proxy_travels_sealed(upstream: Provider, offered: AIModel) -> None:
    services.set_proxy(provider=upstream, url=PROXY, actor=None)
    road = published().roads[upstream.pk]
    assert Sealer.from_text(settings.ENCRYPTION_KEYS).open(road.proxy, road.context) == PROXY
    assert not [word for word in (b"pa55word", b"proxy.example") if word in encode(published())]


def test_a_proxy_that_is_given_up_is_no_longer_told(upstream: Provider, offered: AIModel) -> None:
    services.set_proxy(provider=upstream, url=PROXY, actor=None)
    services.set_proxy(provider=upstream, url="", actor=None)
    assert upstream.pk not in published().roads


def test_http2_and_the_authority_are_told(upstream: Provider, tmp_path: Path) -> None:
    authority = Authority(tmp_path).pem
    services.change_provider(provider=upstream, http2=True, ca_bundle=authority, actor=None)
    assert published().roads[upstream.pk] == RoadFacts(http2=True, authority=authority)


def test_the_road_of_a_disabled_provider_is_not_told(upstream: Provider) -> None:
    services.change_provider(provider=upstream, http2=True, enabled=False, actor=None)
    assert upstream.pk not in published().roads
