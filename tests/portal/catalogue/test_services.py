"""Changing the catalogue: nothing happens twice, prices are never altered, secrets never come out."""

import logging
from collections.abc import Mapping

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import override_settings

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel, Credential, Price, PriceGroup, Provider, Route
from portal.kit.redis import client
from proxyapp.sealing import Sealer
from proxyapp.store import PUSH
from tests.support.stack import Stack

from .offers import BASE_URL, DEARER, RATES, SECRET, fresh, model, provider, published

PROXY = "socks5://user:pa55word@proxy.example:1080"
OTHER_KEY = "k2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="


@pytest.fixture
def upstream(stack: Stack) -> Provider:
    return provider("anthropic")


def opened(credential: Credential) -> str:
    return Sealer.from_text(settings.ENCRYPTION_KEYS).open(credential.sealed, credential.context)


def versions(**which: object) -> list[Price]:
    return list(Price.objects.filter(**which).order_by("valid_from", "pk"))


def test_it_works(upstream: Provider) -> None:
    offered = model(upstream, "anthropic")
    assert published().models[offered.name].routes[0].provider_id == upstream.pk


def test_every_change_says_who_made_it(
    upstream: Provider, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "portal.catalogue.services"):
        services.change_provider(provider=upstream, enabled=False, actor=alice)
    assert caplog.messages == [f"catalogue: {upstream.name} changed by {alice.email}"]


def test_a_field_that_is_so_already_is_no_change(upstream: Provider) -> None:
    assert services.change_provider(provider=upstream, enabled=True, actor=None) == []


def test_an_address_is_added_changed_and_then_left(upstream: Provider) -> None:
    def at(url: str) -> str | None:
        return services.set_address(provider=upstream, protocol="gemini", base_url=url, actor=None)

    assert [at(BASE_URL), at(f"{BASE_URL}/g"), at(f"{BASE_URL}/g/")] == ["added", "changed", None]


def test_an_address_that_is_none_is_refused(upstream: Provider) -> None:
    with pytest.raises(ValueError, match="must be a URL"):
        services.set_address(provider=upstream, protocol="gemini", base_url="here", actor=None)


def test_a_secret_is_sealed(upstream: Provider) -> None:
    credential = upstream.credentials.get()
    assert (SECRET in credential.sealed, opened(credential), credential.last4) == (False, SECRET, "wxyz")


def test_the_end_of_a_short_secret_is_not_kept(upstream: Provider) -> None:
    services.set_credential(provider=upstream, name="short", secret="abcd", actor=None)
    assert upstream.credentials.get(name="short").last4 == ""


def test_the_same_secret_is_not_sealed_again(upstream: Provider) -> None:
    before = upstream.credentials.get().sealed
    assert services.set_credential(provider=upstream, name="main", secret=SECRET, actor=None) is None
    assert upstream.credentials.get().sealed == before


def test_another_secret_takes_its_place(upstream: Provider) -> None:
    assert services.set_credential(provider=upstream, name="main", secret="other", actor=None) == "changed"
    assert opened(upstream.credentials.get()) == "other"


def test_a_rotated_encryption_key_seals_again(upstream: Provider) -> None:
    with override_settings(ENCRYPTION_KEYS=f"{OTHER_KEY},{settings.ENCRYPTION_KEYS}"):
        assert services.set_credential(provider=upstream, name="main", secret=SECRET, actor=None) == "changed"
        assert upstream.credentials.get().sealed.startswith("k2:")


def test_a_credential_whose_key_is_gone_is_sealed_again(upstream: Provider) -> None:
    with override_settings(ENCRYPTION_KEYS=OTHER_KEY):
        services.set_credential(provider=upstream, name="main", secret=SECRET, actor=None)
    assert services.set_credential(provider=upstream, name="main", secret=SECRET, actor=None) == "changed"


def test_a_disabled_credential_comes_back_when_it_is_set(upstream: Provider) -> None:
    services.disable_credential(credential=upstream.credentials.get(), actor=None)
    assert services.set_credential(provider=upstream, name="main", secret=SECRET, actor=None) == "changed"
    assert upstream.credentials.get().enabled


def test_a_route_is_added_changed_and_then_left(upstream: Provider) -> None:
    offered = model(upstream)

    def weighing(weight: int) -> str | None:
        return services.set_route(
            model=offered,
            provider=upstream,
            protocol="anthropic",
            upstream_model="up",
            weight=weight,
            actor=None,
        )

    assert [weighing(1), weighing(2), weighing(2)] == ["added", "changed", None]


def test_a_disabled_route_comes_back_when_it_is_set(upstream: Provider) -> None:
    offered = model(upstream, "anthropic")
    services.disable_route(route=offered.routes.get(), actor=None)
    change = services.set_route(
        model=offered, provider=upstream, protocol="anthropic", upstream_model="up", actor=None
    )
    assert (change, Route.objects.get(model=offered).enabled) == ("changed", True)


def test_the_same_price_opens_no_version(upstream: Provider) -> None:
    offered = model(upstream)
    assert services.set_price(book="sell", model=offered, rates=RATES, actor=None) is None
    assert len(versions(model=offered)) == 1


def test_another_price_closes_the_version_and_opens_the_next(upstream: Provider) -> None:
    offered = model(upstream)
    services.set_price(book="sell", model=offered, rates=DEARER, actor=None)
    first, second = versions(model=offered)
    assert (first.rates, second.rates) == (RATES, DEARER)
    assert (first.valid_until, second.valid_until) == (second.valid_from, None)


def test_prices_of_groups_and_costs_of_providers_are_versions_of_their_own(upstream: Provider) -> None:
    offered, group = model(upstream), PriceGroup.objects.create(name=fresh("group"))
    services.set_price(book="sell", model=offered, rates=DEARER, group=group, actor=None)
    services.set_price(book="cost", model=offered, rates=RATES, actor=None)
    services.set_price(book="cost", model=offered, rates=RATES, provider=upstream, actor=None)
    assert len(versions(model=offered, valid_until=None)) == 4


def test_a_version_is_never_changed(upstream: Provider) -> None:
    (price,) = versions(model=model(upstream))
    price.rates = DEARER
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        price.save()


@pytest.mark.parametrize(
    "rates",
    [
        {"input": 1},
        RATES | {"pictures": 1},
        RATES | {"input": -1},
        RATES | {"input": True},
        RATES | {"input": 1.0},
    ],
)
def test_rates_that_are_not_whole_and_complete_are_refused(
    upstream: Provider, rates: Mapping[str, int]
) -> None:
    with pytest.raises(ValueError, match="rates must"):
        services.set_price(book="sell", model=model(upstream), rates=rates, actor=None)


def test_a_version_can_be_ended_once(upstream: Provider) -> None:
    (price,) = versions(model=model(upstream))
    assert services.close_price(price=price, actor=None)
    assert not services.close_price(price=price, actor=None)


def test_many_changes_are_published_as_one(upstream: Provider) -> None:
    with client().pubsub() as push:  # type: ignore[no-untyped-call]
        push.subscribe(PUSH)
        with services.as_one():
            offered = [model(upstream, "anthropic") for _ in range(10)]
        names = {each.name for each in offered}
        assert names <= published().models.keys()
        told = [message for message in iter(push.get_message, None) if message["data"] == b"c"]
    assert 1 <= len(told) <= 2  # two, where the sweep came upon the row as well


def test_many_changes_come_about_together_or_not_at_all(upstream: Provider) -> None:
    def half_way() -> None:
        with services.as_one():
            services.add_model(name=name, actor=None)
            services.set_address(provider=upstream, protocol="gemini", base_url="", actor=None)

    name = fresh("model")
    with pytest.raises(ValueError, match="must"):
        half_way()
    assert not AIModel.objects.filter(name=name).exists()


def test_a_proxy_is_set_once_and_forgotten_once(upstream: Provider) -> None:
    def called(url: str) -> bool:
        return services.set_proxy(provider=upstream, url=url, actor=None)

    assert [called(PROXY), called(PROXY), called(""), called("")] == [True, False, True, False]


def test_a_proxy_is_sealed_and_its_address_shown(upstream: Provider) -> None:
    services.set_proxy(provider=upstream, url=PROXY, actor=None)
    upstream.refresh_from_db()
    secret = Sealer.from_text(settings.ENCRYPTION_KEYS).open(upstream.sealed_proxy, f"proxy:{upstream.pk}")
    assert (secret, upstream.proxy_address) == (PROXY, "socks5://proxy.example:1080")


def test_a_proxy_is_sealed_again_when_the_key_rotates(upstream: Provider) -> None:
    services.set_proxy(provider=upstream, url=PROXY, actor=None)
    with override_settings(ENCRYPTION_KEYS=f"{OTHER_KEY},{settings.ENCRYPTION_KEYS}"):
        assert services.set_proxy(provider=upstream, url=PROXY, actor=None)
    assert upstream.sealed_proxy.startswith("k2:")


def test_a_proxy_that_is_none_is_refused(upstream: Provider) -> None:
    with pytest.raises(ValueError, match="must begin with"):
        services.set_proxy(provider=upstream, url="proxy", actor=None)


def test_a_change_of_proxy_does_not_tell_it_to_the_log(
    upstream: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        services.set_proxy(provider=upstream, url=PROXY, actor=None)
    assert "pa55word" not in caplog.text


def test_an_authority_that_is_none_is_refused(upstream: Provider) -> None:
    with pytest.raises(ValueError, match="certificates in PEM"):
        services.change_provider(provider=upstream, ca_bundle="ours", actor=None)
