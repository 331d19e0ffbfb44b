"""The operator's page for providers: what is saved is published, and a secret never comes back."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from portal.catalogue import services
from portal.catalogue.models import Credential, Provider
from proxyapp.sealing import Sealer
from tests.proxyapp.upstream.authority import Authority
from tests.support.stack import Stack

from .browsing import SITE, Operator, inline
from .offers import BASE_URL, SECRET, fresh, model, provider, published

PROXY = "http://user:pa55word@proxy.example:3128"
OTHER_SECRET = "sk-another-9876543210-zyxw"


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator()


def filled(name: str, *, addresses: dict[str, Any], credentials: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "enabled": "on"} | addresses | credentials


def address(**values: Any) -> dict[str, Any]:
    return {"protocol": "anthropic", "address": BASE_URL} | values


def existing(upstream: Provider, **values: Any) -> dict[str, Any]:
    """The change form of a provider with one address and one credential, the latter with these values."""
    kept, credential = upstream.endpoints.get(), upstream.credentials.get()
    return filled(
        upstream.name,
        addresses=inline("endpoints", address(id=kept.pk, provider=upstream.pk), initial=1),
        credentials=inline(
            "credentials",
            {"id": credential.pk, "provider": upstream.pk, "name": "main", "enabled": "on"} | values,
            initial=1,
        ),
    )


def opened(credential: Credential) -> str:
    return Sealer.from_text(settings.ENCRYPTION_KEYS).open(credential.sealed, credential.context)


def test_it_works(operator: Operator) -> None:
    name = fresh("provider")
    form = filled(
        name,
        addresses=inline("endpoints", address()),
        credentials=inline("credentials", {"name": "main", "secret": SECRET, "enabled": "on"}),
    )
    assert name in operator.posts("catalogue/provider/add", form)
    saved = Provider.objects.get(name=name)
    assert saved.endpoints.get().base_url == BASE_URL
    assert opened(saved.credentials.get()) == SECRET


def test_the_list_and_the_forms_are_shown(operator: Operator) -> None:
    upstream = provider("anthropic", "gemini")
    assert "Anthropic Messages, Gemini" in operator.reads("catalogue/provider", q=upstream.name)
    assert 'name="credentials-0-secret"' in operator.reads("catalogue/provider/add")
    assert "…wxyz" in operator.reads(f"catalogue/provider/{upstream.pk}/change")


def test_the_secret_is_in_no_page(operator: Operator) -> None:
    upstream = provider("anthropic")
    page = f"catalogue/provider/{upstream.pk}"
    followed = operator.posts(f"{page}/change", existing(upstream, secret=OTHER_SECRET))
    seen = [followed, operator.reads("catalogue/provider"), operator.reads(f"{page}/change")]
    seen.append(operator.reads(f"{page}/history"))
    sealed = upstream.credentials.get().sealed
    assert not [text for text in seen if SECRET in text or OTHER_SECRET in text or sealed in text]


def test_a_refused_form_does_not_hold_the_secret(operator: Operator) -> None:
    form = filled(
        "",
        addresses=inline("endpoints"),
        credentials=inline("credentials", {"name": "main", "secret": SECRET}),
    )
    assert SECRET not in operator.is_refused("catalogue/provider/add", form)


def test_an_empty_secret_keeps_the_present_one(operator: Operator) -> None:
    upstream = provider("anthropic")
    operator.posts(f"catalogue/provider/{upstream.pk}/change", existing(upstream, secret=""))
    assert opened(upstream.credentials.get()) == SECRET


def test_another_secret_is_sealed_and_published(operator: Operator) -> None:
    upstream = provider("anthropic")
    offered = model(upstream, "anthropic")
    operator.posts(f"catalogue/provider/{upstream.pk}/change", existing(upstream, secret=OTHER_SECRET))
    credential = upstream.credentials.get()
    assert opened(credential) == OTHER_SECRET
    (told,) = published().models[offered.name].routes[0].credentials
    assert told.sealed == credential.sealed


def test_a_credential_cannot_be_renamed(operator: Operator) -> None:
    upstream = provider("anthropic")
    operator.posts(f"catalogue/provider/{upstream.pk}/change", existing(upstream, name="other"))
    assert upstream.credentials.get().name == "main"


def test_a_new_credential_needs_a_secret(operator: Operator) -> None:
    form = filled(
        fresh("provider"),
        addresses=inline("endpoints"),
        credentials=inline("credentials", {"name": "main", "secret": "", "enabled": "on"}),
    )
    assert "must not be empty" in operator.is_refused("catalogue/provider/add", form)


def test_a_secret_that_cannot_travel_is_refused(operator: Operator) -> None:
    form = existing(upstream := provider("anthropic"), secret="two words")
    assert "without spaces" in operator.is_refused(f"catalogue/provider/{upstream.pk}/change", form)


def test_an_address_without_a_dot_is_taken(operator: Operator) -> None:
    name = fresh("provider")
    addresses = inline("endpoints", address(address="http://vllm:8000/"))
    operator.posts(
        "catalogue/provider/add", filled(name, addresses=addresses, credentials=inline("credentials"))
    )
    assert Provider.objects.get(name=name).endpoints.get().base_url == "http://vllm:8000"


def test_an_address_that_is_none_is_refused(operator: Operator) -> None:
    addresses = inline("endpoints", address(address="ftp://a"))
    form = filled(fresh("provider"), addresses=addresses, credentials=inline("credentials"))
    assert "must be a URL" in operator.is_refused("catalogue/provider/add", form)


def test_switching_off_is_published(operator: Operator) -> None:
    upstream = provider("anthropic")
    offered = model(upstream, "anthropic")
    form = existing(upstream)
    del form["enabled"]
    operator.posts(f"catalogue/provider/{upstream.pk}/change", form)
    assert published().models[offered.name].routes == ()


def test_a_provider_without_routes_can_be_deleted(operator: Operator) -> None:
    upstream = provider("anthropic")
    operator.posts(f"catalogue/provider/{upstream.pk}/delete", {"post": "yes"})
    assert not Provider.objects.filter(pk=upstream.pk).exists()


def test_a_provider_with_routes_cannot_be_deleted(operator: Operator) -> None:
    upstream = provider("anthropic")
    model(upstream, "anthropic")
    operator.client.post(f"{SITE}/catalogue/provider/{upstream.pk}/delete/", {"post": "yes"})
    assert Provider.objects.filter(pk=upstream.pk).exists()


def test_a_proxy_is_sealed_and_shown_without_its_login(operator: Operator) -> None:
    upstream = provider("anthropic")
    page = f"catalogue/provider/{upstream.pk}"
    followed = operator.posts(f"{page}/change", existing(upstream) | {"proxy": PROXY, "http2": "on"})
    upstream.refresh_from_db()
    seen = [followed, operator.reads(f"{page}/change"), operator.reads(f"{page}/history")]
    assert not [text for text in seen if "pa55word" in text or upstream.sealed_proxy in text]
    assert "http://proxy.example:3128, HTTP/2" in operator.reads("catalogue/provider", q=upstream.name)
    assert published().roads[upstream.pk].proxy == upstream.sealed_proxy


def test_a_new_provider_with_a_proxy(operator: Operator) -> None:
    form = filled(name := fresh("provider"), addresses=inline("endpoints"), credentials=inline("credentials"))
    operator.posts("catalogue/provider/add", form | {"proxy": PROXY})
    saved = Provider.objects.get(name=name)
    sealer = Sealer.from_text(settings.ENCRYPTION_KEYS)
    assert sealer.open(saved.sealed_proxy, saved.proxy_context) == PROXY


def test_an_empty_proxy_keeps_the_present_one(operator: Operator) -> None:
    services.set_proxy(provider=(upstream := provider("anthropic")), url=PROXY, actor=None)
    operator.posts(f"catalogue/provider/{upstream.pk}/change", existing(upstream) | {"proxy": ""})
    upstream.refresh_from_db()
    assert upstream.proxy_address == "http://proxy.example:3128"


def test_a_proxy_can_be_given_up(operator: Operator) -> None:
    services.set_proxy(provider=(upstream := provider("anthropic")), url=PROXY, actor=None)
    operator.posts(f"catalogue/provider/{upstream.pk}/change", existing(upstream) | {"without_proxy": "on"})
    upstream.refresh_from_db()
    assert (upstream.sealed_proxy, upstream.proxy_address) == ("", "")


def test_a_refused_proxy_is_not_repeated(operator: Operator) -> None:
    form = existing(upstream := provider("anthropic")) | {"proxy": "ftp://user:pa55word@proxy"}
    page = operator.is_refused(f"catalogue/provider/{upstream.pk}/change", form)
    assert ("must begin with http:// or socks5://" in page, "pa55word" in page) == (True, False)


def test_a_proxy_and_none_is_refused(operator: Operator) -> None:
    form = existing(upstream := provider("anthropic")) | {"proxy": PROXY, "without_proxy": "on"}
    page = operator.is_refused(f"catalogue/provider/{upstream.pk}/change", form)
    assert "Either name a proxy" in page


def test_an_authority_is_checked(operator: Operator, tmp_path: Path) -> None:
    page = f"catalogue/provider/{(upstream := provider('anthropic')).pk}/change"
    assert "certificates in PEM" in operator.is_refused(page, existing(upstream) | {"ca_bundle": "ours"})
    pasted = Authority(tmp_path).pem
    operator.posts(page, existing(upstream) | {"ca_bundle": pasted.replace("\n", "\r\n")})
    assert published().roads[upstream.pk].authority == pasted


def test_the_page_says_that_a_proxy_decides_by_itself(operator: Operator) -> None:
    assert "the gateway cannot check which addresses are called" in operator.reads("catalogue/provider/add")


def test_strangers_are_sent_to_the_login(stack: Stack) -> None:
    response = Client().get(f"{SITE}/catalogue/provider/")
    assert (response.status_code, "/login/" in response.headers["Location"]) == (302, True)
