"""What a newcomer finds, at the first start and at every later one."""

import secrets
from typing import Any

import pytest
from django.conf import settings

from billing.management import demo
from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel, Price, Provider
from portal.catalogue.rates import TOKENS
from portal.keys import services as keys
from portal.keys.models import ApiKey
from portal.kit.redis import client
from portal.kit.scope import organization_scope, user_scope
from portal.organizations.models import Member, Organization
from proxyapp import token
from proxyapp.snapshot import Catalogue, decode_catalogue
from proxyapp.store import CATALOGUE
from tests.support.stack import Stack

from .filing import fresh


@pytest.fixture
def url(stack: Stack) -> str:
    """Where the sandbox of the stack is: seeding here must not move it."""
    addresses = Provider.objects.filter(name=demo.PROVIDER).values_list("endpoints__base_url", flat=True)
    return addresses[0] if addresses else "http://127.0.0.1:9"


@pytest.fixture
def given() -> dict[str, Any]:
    """Secrets of another installation, as its data directory would keep them."""
    return {
        name: {"email": f"{fresh(name)}@example.com", "password": secrets.token_urlsafe(12)}
        for name in ("operator", "member")
    } | {"demo_key_seed": secrets.token_hex(32)}


def published() -> Catalogue:
    raw = client().get(CATALOGUE)
    assert isinstance(raw, bytes)
    return decode_catalogue(raw)


def demo_key(plain: str) -> ApiKey:
    return ApiKey.platform.get(digest=token.digest(plain, settings.KEY_PEPPER))


def test_it_works(url: str, given: dict[str, Any]) -> None:
    plain = demo.seed(given, url)
    assert plain == token.derive(bytes.fromhex(given["demo_key_seed"])).text
    assert (demo_key(plain).name, demo_key(plain).status) == (demo.KEY_NAME, "active")


def test_both_can_log_in(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    operator, member = (User.objects.get(email=given[name]["email"]) for name in ("operator", "member"))
    assert operator.check_password(given["operator"]["password"])
    assert member.check_password(given["member"]["password"])
    assert (operator.is_superuser, operator.is_staff, member.is_staff) == (True, True, False)


def test_the_member_owns_an_organization(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    member = User.objects.get(email=given["member"]["email"])
    with user_scope(member.pk):
        (mine,) = Member.anywhere.filter(user=member)
    assert Organization.platform.get(pk=mine.organization_id).name == demo.ORGANIZATION


def test_the_same_again_changes_nothing(url: str, given: dict[str, Any]) -> None:
    plain = demo.seed(given, url)
    counts = [User.objects.count(), AIModel.objects.count(), Price.objects.count()]
    version, hashed = published().version, User.objects.get(email=given["member"]["email"]).password
    assert demo.seed(given, url) == plain
    assert [User.objects.count(), AIModel.objects.count(), Price.objects.count()] == counts
    assert published().version == version
    assert User.objects.get(email=given["member"]["email"]).password == hashed


def test_a_password_that_no_longer_matches_is_set_again(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    member = User.objects.get(email=given["member"]["email"])
    member.set_password("another")
    member.save()
    demo.seed(given, url)
    member.refresh_from_db()
    assert member.check_password(given["member"]["password"])


def test_a_revoked_demo_key_stays_revoked(url: str, given: dict[str, Any]) -> None:
    plain = demo.seed(given, url)
    issued = demo_key(plain)
    with organization_scope(issued.organization_id):
        keys.revoke(key=issued, actor=issued.created_by)
    demo.seed(given, url)
    assert demo_key(plain).status == "revoked"


def test_media_is_priced_and_served_by_the_sandbox(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    for name, *_ in demo.MEDIA:
        (route,) = published().models[name].routes
        assert (route.protocol, route.base_url, route.allow_private) == ("media_v3", url, True)
        assert published().models[name].prices[0].rates["images"] == 40_000_000_000


def test_every_model_is_priced_and_served_by_the_sandbox(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    offered = published().models
    for name, protocols, *_ in demo.MODELS:
        model = offered[name]
        assert {route.protocol for route in model.routes} == set(protocols)
        assert {(route.base_url, route.upstream_model, route.allow_private) for route in model.routes} == {
            (url, name, True)
        }
        assert all(rate > 0 for meter, rate in model.prices[0].rates.items() if meter in TOKENS)


def test_no_model_costs_more_than_it_sells_for(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    for name, *_ in demo.MODELS:
        model = published().models[name]
        for route in model.routes:
            assert route.cost
            assert all(rate <= model.prices[0].rates[meter] for meter, rate in route.cost.rates.items())


def test_the_sandbox_is_followed_to_where_it_is(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, "http://127.0.0.1:10")
    try:
        assert published().models["sandbox-gpt"].routes[0].base_url == "http://127.0.0.1:10"
    finally:
        demo.seed(given, url)


def test_what_the_operator_made_of_a_model_stays(url: str, given: dict[str, Any]) -> None:
    demo.seed(given, url)
    model = AIModel.objects.get(name="sandbox-gemini")
    before = services.open_price(book="sell", model=model)
    assert before
    services.set_price(book="sell", model=model, rates=before.rates | {"calls": 1}, actor=None)
    try:
        demo.seed(given, url)
        assert published().models["sandbox-gemini"].prices[0].rates["calls"] == 1
    finally:
        services.set_price(book="sell", model=model, rates=before.rates, actor=None)
