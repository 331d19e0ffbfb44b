"""What a provider says about the request itself reaches the client: in its words, once, and free."""

import json

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, sandbox, wire
from tests.support.offers import offer
from tests.support.provider import JSON
from tests.support.stack import Stack

TELLTALE = (
    "max_tokens: 9 > 8 for org-AbC123xyz with key sk-ant-api03-abcdef at https://api.provider.example.com/v1"
)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def test_it_works(stack: Stack, issued: Issued) -> None:
    tag = wire.fresh_tag()
    answer = wire.post(stack, issued.secret, "anthropic", offer("anthropic", script="~status-400"), tag=tag)
    assert answer.status_code == 400
    assert "scripted to answer 400" in answer.json()["error"]["message"]
    assert sandbox.stats(tag)["requests"] == 1


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True])
def test_in_the_skin_of_the_protocol(stack: Stack, issued: Issued, protocol: str, stream: bool) -> None:
    answer = wire.post(stack, issued.secret, protocol, offer(protocol, script="~status-422"), stream=stream)
    assert answer.status_code == 422
    assert answer.headers["x-should-retry"] == "false"
    assert "scripted to answer 422" in answer.json()["error"]["message"]


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 451])
def test_the_status_is_the_providers(stack: Stack, issued: Issued, status: int) -> None:
    model = offer("openai_chat", script=f"~status-{status}")
    assert wire.post(stack, issued.secret, "openai_chat", model).status_code == status


def test_it_is_free(stack: Stack, issued: Issued) -> None:
    wire.post(stack, issued.secret, "anthropic", offer("anthropic", script="~status-400"))
    event = bills.of(issued.key)
    assert (event.outcome, event.status, event.charged, event.calls) == ("refused", 400, 0, 0)


def test_the_next_provider_is_not_asked(stack: Stack, issued: Issued) -> None:
    refusal = json.dumps({"error": {"message": "no"}}).encode()
    with provider.playing(provider.whole(refusal, JSON, status=400)) as played:
        first = provider.provider_at(played.url)
        model = provider.offer_over(first, provider.sandbox(), protocol="anthropic")
        assert wire.post(stack, issued.secret, "anthropic", model).status_code == 400


def test_names_and_keys_are_taken_out(stack: Stack, issued: Issued) -> None:
    refusal = json.dumps({"error": {"message": TELLTALE}}).encode()
    with provider.playing(provider.whole(refusal, JSON, status=400)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model)
    assert "max_tokens: 9 > 8" in answer.json()["error"]["message"]
    for secret in ("org-AbC123xyz", "sk-ant-api03", "api.provider.example.com"):
        assert secret not in answer.text


@pytest.mark.parametrize("body", [b"", b"<html>Bad request at nginx/1.27</html>", b"[]", b'{"error":{}}'])
def test_a_refusal_without_words(stack: Stack, issued: Issued, body: bytes) -> None:
    with provider.playing(provider.whole(body, JSON, status=400)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model)
    assert answer.status_code == 400
    assert "did not accept this request" in answer.json()["error"]["message"]
    assert "nginx" not in answer.text


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_it_says_about_us_is_kept(stack: Stack, issued: Issued, status: int) -> None:
    refusal = json.dumps({"error": {"message": TELLTALE}}).encode()
    with provider.playing(provider.whole(refusal, JSON, status=status)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model)
    assert answer.status_code in (502, 529)
    assert "max_tokens" not in answer.text
