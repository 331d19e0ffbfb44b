"""Providers, models and prices are brought about, once."""

from pathlib import Path

import pytest
from django.conf import settings

from portal.catalogue import services
from portal.catalogue.models import AIModel, Credential, Price, Provider
from portal.kit.redis import client
from proxyapp.sealing import Sealer
from proxyapp.snapshot import ModelFacts, decode_catalogue
from proxyapp.store import CATALOGUE
from tests.proxyapp.upstream.authority import Authority
from tests.support.stack import Stack

from .filing import fresh, provision, refused


class Offer:
    """A file with one provider and one model, whose parts can be replaced."""

    def __init__(self) -> None:
        self.provider, self.model = fresh("provider"), fresh("model")
        self.protocols = '{ anthropic = "https://a.example.com", gemini = "https://g.example.com" }'
        self.more = 'credentials = [{ name = "main", value = "sk-1" }]'
        self.routes = [self.route("anthropic"), self.route("gemini")]
        self.prices = "price = { input = 3, output = 15 }\ncost = { input = 2, output = 10 }"

    def route(self, protocol: str, more: str = "") -> str:
        return f'{{ provider = "{self.provider}", protocol = "{protocol}", upstream = "up"{more} }}'

    def text(self) -> str:
        return "\n".join(
            [
                "[[providers]]",
                f'name = "{self.provider}"',
                f"protocols = {self.protocols}",
                self.more,
                "[[models]]",
                f'name = "{self.model}"',
                f"routes = [{', '.join(self.routes)}]",
                self.prices,
            ]
        )

    def published(self) -> ModelFacts:
        raw = client().get(CATALOGUE)
        assert isinstance(raw, bytes)
        return decode_catalogue(raw).models[self.model]


@pytest.fixture
def offer(stack: Stack, tmp_path: Path) -> Offer:
    """An offer that has been brought about already."""
    made = Offer()
    provision(tmp_path, made.text())
    return made


def secret(name: str) -> str:
    credential = Credential.objects.get(provider__name=name)
    return Sealer.from_text(settings.ENCRYPTION_KEYS).open(credential.sealed, credential.context)


def test_it_works(stack: Stack, tmp_path: Path) -> None:
    offer = Offer()
    printed = provision(tmp_path, offer.text())
    assert printed == [
        f"+ provider {offer.provider}",
        f"+ address {offer.provider}/anthropic: https://a.example.com",
        f"+ address {offer.provider}/gemini: https://g.example.com",
        f"+ credential {offer.provider}/main",
        f"+ model {offer.model}",
        f"+ route {offer.model} over {offer.provider}/anthropic/up",
        f"+ route {offer.model} over {offer.provider}/gemini/up",
        f"~ model {offer.model}: price",
        f"~ model {offer.model}: cost",
    ]


def test_the_gateway_knows_when_the_command_ends(offer: Offer) -> None:
    told = offer.published()
    assert told.prices[0].rates["cache_read"] == 3_000_000
    assert [route.cost.rates["output"] for route in told.routes if route.cost] == [10_000_000, 10_000_000]


def test_a_second_run_changes_nothing(offer: Offer, tmp_path: Path) -> None:
    assert provision(tmp_path, offer.text()) == ["nothing changed"]
    assert Price.objects.filter(model__name=offer.model).count() == 2


def test_a_price_is_changed_by_its_next_version(offer: Offer, tmp_path: Path) -> None:
    offer.prices = "price = { input = 4, output = 15 }"
    assert provision(tmp_path, offer.text()) == [f"~ model {offer.model}: price"]
    assert offer.published().prices[0].rates["input"] == 4_000_000


def test_a_price_that_is_not_mentioned_stays(offer: Offer, tmp_path: Path) -> None:
    offer.prices = ""
    assert provision(tmp_path, offer.text()) == ["nothing changed"]


def test_an_address_is_moved(offer: Offer, tmp_path: Path) -> None:
    offer.protocols = offer.protocols.replace("https://g", "https://h")
    assert provision(tmp_path, offer.text()) == [f"~ address {offer.provider}/gemini: https://h.example.com"]


def test_an_address_that_is_no_longer_listed_is_removed(offer: Offer, tmp_path: Path) -> None:
    offer.protocols = '{ anthropic = "https://a.example.com" }'
    offer.routes = [offer.route("anthropic")]
    assert f"- address {offer.provider}/gemini" in provision(tmp_path, offer.text())


def test_private_addresses_are_allowed_and_refused(offer: Offer, tmp_path: Path) -> None:
    before = offer.more
    offer.more = f"{before}\nallow_private_addresses = true"
    assert provision(tmp_path, offer.text()) == [f"~ provider {offer.provider}: private addresses allowed"]
    offer.more = before
    assert provision(tmp_path, offer.text()) == ["nothing changed"]
    offer.more = f"{before}\nallow_private_addresses = false"
    assert provision(tmp_path, offer.text()) == [f"~ provider {offer.provider}: private addresses refused"]


def test_another_secret_is_sealed(offer: Offer, tmp_path: Path) -> None:
    offer.more = 'credentials = [{ name = "main", value = "sk-2" }]'
    assert provision(tmp_path, offer.text()) == [f"~ credential {offer.provider}/main"]
    assert secret(offer.provider) == "sk-2"


def test_a_secret_from_the_environment_is_sealed(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", "sk-3")
    offer.more = 'credentials = [{ name = "main", env = "PROVIDER_SECRET" }]'
    provision(tmp_path, offer.text())
    assert secret(offer.provider) == "sk-3"


def test_a_credential_that_is_no_longer_listed_is_switched_off(offer: Offer, tmp_path: Path) -> None:
    offer.more = "credentials = []"
    assert provision(tmp_path, offer.text()) == [f"- credential {offer.provider}/main"]
    assert offer.published().routes[0].credentials == ()


def test_credentials_that_are_not_mentioned_stay(offer: Offer, tmp_path: Path) -> None:
    offer.more = ""
    assert provision(tmp_path, offer.text()) == ["nothing changed"]


def test_a_route_that_is_no_longer_listed_is_switched_off_and_comes_back(
    offer: Offer, tmp_path: Path
) -> None:
    both, offer.routes = offer.routes, [offer.route("gemini")]
    way = f"route {offer.model} over {offer.provider}/anthropic/up"
    assert provision(tmp_path, offer.text()) == [f"- {way}"]
    assert [route.protocol for route in offer.published().routes] == ["gemini"]
    offer.routes = both
    assert provision(tmp_path, offer.text()) == [f"~ {way}"]


def test_the_share_of_a_route_is_changed(offer: Offer, tmp_path: Path) -> None:
    offer.routes[0] = offer.route("anthropic", ", priority = 3, weight = 5")
    assert provision(tmp_path, offer.text()) == [f"~ route {offer.model} over {offer.provider}/anthropic/up"]
    assert {(route.priority, route.weight) for route in offer.published().routes} == {(3, 5), (1, 1)}


def test_what_the_file_does_not_mention_is_left_alone(offer: Offer, tmp_path: Path) -> None:
    provision(tmp_path, Offer().text())
    assert provision(tmp_path, offer.text()) == ["nothing changed"]


def test_what_was_switched_off_by_hand_stays_off(offer: Offer, tmp_path: Path) -> None:
    services.change_model(model=AIModel.objects.get(name=offer.model), enabled=False, actor=None)
    services.change_provider(provider=Provider.objects.get(name=offer.provider), enabled=False, actor=None)
    assert provision(tmp_path, offer.text()) == ["nothing changed"]


def test_a_route_may_use_a_provider_from_before(offer: Offer, tmp_path: Path) -> None:
    name = fresh("model")
    provision(tmp_path, f'[[models]]\nname = "{name}"\nroutes = [{offer.route("gemini")}]')
    assert AIModel.objects.get(name=name).routes.get().provider.name == offer.provider


def test_an_unknown_provider_is_refused(offer: Offer, tmp_path: Path) -> None:
    misspelt = offer.route("gemini").replace("provider-", "provder-")
    complaint = refused(tmp_path, f'[[models]]\nname = "m"\nroutes = [{misspelt}]')
    assert "models[0].routes[0].provider: there is no provider provder-" in complaint
    assert f"(did you mean {offer.provider}?)" in complaint


def test_a_protocol_that_the_provider_does_not_speak_is_refused(offer: Offer, tmp_path: Path) -> None:
    offer.routes = [offer.route("openai_chat")]
    assert (
        f"models[0].routes[0].protocol: the provider {offer.provider} has no address for openai_chat"
        in refused(tmp_path, offer.text())
    )


def test_nothing_is_applied_of_a_file_with_a_problem(stack: Stack, tmp_path: Path) -> None:
    offer = Offer()
    offer.prices = "price = { input = 3 }"
    assert "nothing was applied" in refused(tmp_path, offer.text())
    assert not Provider.objects.filter(name=offer.provider).exists()


def test_the_road_is_set_kept_and_given_up(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PROXY", "http://user:pa55word@proxy.example:3128")
    before, pem = offer.more, Authority(tmp_path).pem
    offer.more += f'\nproxy = {{ env = "A_PROXY" }}\nhttp2 = true\nca_bundle = """\n{pem}"""'
    assert provision(tmp_path, offer.text()) == [
        f"~ provider {offer.provider}: HTTP/2 where it is offered",
        f"~ provider {offer.provider}: certificate authority of its own",
        f"~ provider {offer.provider}: called by way of http://proxy.example:3128",
    ]
    assert provision(tmp_path, offer.text()) == ["nothing changed"]
    offer.more = before
    assert provision(tmp_path, offer.text()) == ["nothing changed"]
    offer.more += '\nproxy = {}\nhttp2 = false\nca_bundle = ""'
    assert provision(tmp_path, offer.text()) == [
        f"~ provider {offer.provider}: HTTP/2 never",
        f"~ provider {offer.provider}: certificate authority the usual",
        f"~ provider {offer.provider}: called without a proxy",
    ]
