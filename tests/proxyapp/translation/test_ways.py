"""Which way a call goes, where a model is served in several protocols or in none that will do."""

import itertools

import httpx
import pytest

from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def several(body: dict[str, object]) -> dict[str, object]:
    return body | {"n": 2}


def test_it_works(stack: Stack, issued: Issued) -> None:
    """The client's own protocol wins over a better priority."""
    model = provider.offer_over(provider.sandbox(), protocol="gemini")
    services.set_route(
        model=AIModel.objects.get(name=model),
        provider=provider.sandbox(),
        protocol="openai_chat",
        upstream_model=model,
        priority=9,
        actor=None,
    )
    tag = wire.fresh_tag()
    answer = wire.post(stack, issued.secret, "openai_chat", model, tag=tag)
    assert "x-gateway-converted" not in answer.headers
    assert sandbox.last(tag).path == "/v1/chat/completions"


@pytest.mark.parametrize("stream", [False, True])
def test_another_protocol_is_tried_where_its_own_fails(stack: Stack, issued: Issued, stream: bool) -> None:
    model = provider.offer_over(provider.provider_at(provider.nobody()), protocol="anthropic")
    services.set_route(
        model=AIModel.objects.get(name=model),
        provider=provider.sandbox(),
        protocol="openai_responses",
        upstream_model=model,
        actor=None,
    )
    answer = wire.post(stack, issued.secret, "anthropic", model, "Over there", stream=stream)
    assert answer.status_code == 200
    assert answer.headers["x-gateway-converted"].startswith("anthropic -> openai_responses")
    assert ("message_stop" if stream else "Over there") in answer.text
    event = bills.of(issued.key)
    assert (len(event.attempts), event.protocol, event.source) == (2, "anthropic", "provider")


def test_what_cannot_be_translated_is_refused_before_anything_is_held(stack: Stack, issued: Issued) -> None:
    answer = httpx.post(
        f"{stack.base_url}/openai/v1/chat/completions",
        json=several(wire.body("openai_chat", offer("gemini"))),
        headers=wire.headers("openai_chat", issued.secret),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 400
    assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == ("not_translatable", "n")
    assert answer.headers["x-should-retry"] == "false"


def test_it_passes_where_a_route_speaks_its_protocol(stack: Stack, issued: Issued) -> None:
    answer = httpx.post(
        f"{stack.base_url}/openai/v1/chat/completions",
        json=several(wire.body("openai_chat", offer("gemini", "openai_chat"))),
        headers=wire.headers("openai_chat", issued.secret),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200


def test_where_its_own_routes_fail_that_is_what_is_told(stack: Stack, issued: Issued) -> None:
    """The other route would need a translation that there is none of."""
    model = provider.offer_over(provider.provider_at(provider.nobody()), protocol="openai_chat")
    services.set_route(
        model=AIModel.objects.get(name=model),
        provider=provider.sandbox(),
        protocol="gemini",
        upstream_model=model,
        actor=None,
    )
    answer = httpx.post(
        f"{stack.base_url}/openai/v1/chat/completions",
        json=several(wire.body("openai_chat", model)),
        headers=wire.headers("openai_chat", issued.secret),
        timeout=wire.PATIENCE,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_failed")


def test_what_is_lost_is_announced(stack: Stack, issued: Issued) -> None:
    answer = httpx.post(
        f"{stack.base_url}/openai/v1/chat/completions",
        json=wire.body("openai_chat", offer("anthropic")) | {"seed": 7, "logit_bias": {"1": 1}},
        headers=wire.headers("openai_chat", issued.secret),
        timeout=wire.PATIENCE,
    )
    note = answer.headers["x-gateway-converted"]
    assert note.startswith("openai_chat -> anthropic; lost: ")
    assert {"seed", "logit_bias"} <= set(note.partition("lost: ")[2].split(", "))


def test_the_name_of_what_is_lost_ends_no_header(stack: Stack, issued: Issued) -> None:
    model = offer("openai_chat")
    answer = httpx.post(
        stack.base_url + wire.path("gemini", model),
        json=wire.body("gemini", model) | {"odd\r\nset-cookie: a=b": 1},
        headers=wire.headers("gemini", issued.secret),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200
    assert "odd" in answer.headers["x-gateway-converted"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("here", wire.PROTOCOLS)
@pytest.mark.parametrize("there", wire.PROTOCOLS)
def test_a_stream_that_breaks_ends_in_the_clients_own_words(
    stack: Stack, issued: Issued, here: str, there: str
) -> None:
    answer = wire.post(stack, issued.secret, here, offer(there), stream=True, script="~cut-2")
    assert answer.status_code == 200
    assert "The provider broke off" in answer.text
    event = bills.of(issued.key)
    assert (event.outcome, event.source) == ("upstream_failed", "estimated")
    assert 0 < event.charged <= event.held


@pytest.mark.parametrize(("here", "there"), [*itertools.permutations(wire.PROTOCOLS, 2)])
def test_a_stream_that_fails_says_why_in_the_clients_own_words(
    stack: Stack, issued: Issued, here: str, there: str
) -> None:
    """The provider tells of its failure and ends in order."""
    answer = wire.post(stack, issued.secret, here, offer(there), stream=True, script="~errorat-2")
    assert answer.status_code == 200
    assert answer.text.count("The provider broke off in the middle of its answer: ") == 1
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("upstream_failed", "error_in_stream")


def test_an_answer_that_cannot_be_translated_is_not_charged(stack: Stack, issued: Issued) -> None:
    said = b'{"type":"message","content":[{"type":[]}],"usage":{"input_tokens":7,"output_tokens":7}}'
    with provider.playing(provider.whole(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        assert wire.post(stack, issued.secret, "gemini", model).status_code == 502
    assert bills.of(issued.key).charged == 0


@pytest.mark.parametrize("here", wire.PROTOCOLS)
@pytest.mark.parametrize("there", wire.PROTOCOLS)
def test_a_refusal_is_told_in_the_clients_own_words(
    stack: Stack, issued: Issued, here: str, there: str
) -> None:
    answer = wire.post(stack, issued.secret, here, offer(there), script="~status-400")
    assert answer.status_code == 400
    assert "scripted to answer 400" in answer.text
    assert bills.of(issued.key).charged == 0
