"""Counting tokens is free: by the provider where one of the model's can, else by an honest estimate."""

import asyncio
import json
from typing import Any

import anthropic
import httpx
import openai
import pytest
from google import genai

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tokens import count_input
from tests.support import cast, provider, purse, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack

AT_ONCE = 34  # what Claude Code sends on /context
ESTIMATED = "x-gateway-estimated"
COUNTS = {"anthropic": "input_tokens", "openai_responses": "input_tokens", "gemini": "totalTokens"}
SAYS_404 = provider.whole(b'{"error":{"message":"no such path"}}', status=404)
SAYS_500 = provider.whole(b'{"error":{"message":"broken"}}', status=500)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def path(protocol: str, model: str) -> str:
    return {
        "anthropic": "/anthropic/v1/messages/count_tokens",
        "openai_responses": "/openai/v1/responses/input_tokens",
        "gemini": f"/gemini/v1beta/models/{model}:countTokens",
    }[protocol]


def body(protocol: str, model: str) -> dict[str, Any]:
    asked = wire.body(protocol, model, "Hello, how long is this?")
    return {name: asked[name] for name in asked if name in ("model", "messages", "input", "contents")}


def count(stack: Stack, key: str, protocol: str, model: str, tag: str = "") -> httpx.Response:
    return httpx.post(
        stack.base_url + path(protocol, model),
        json=body(protocol, model),
        headers=wire.headers(protocol, key, tag=tag),
        timeout=wire.PATIENCE,
    )


def test_it_works(stack: Stack, key: str) -> None:
    model = offer("anthropic")
    with anthropic.Anthropic(api_key=key, base_url=f"{stack.base_url}/anthropic") as sdk:
        counted = sdk.messages.with_raw_response.count_tokens(
            model=model, system="Be brief", messages=[{"role": "user", "content": "12345678"}]
        )
    sent = {"model": model, "system": "Be brief", "messages": [{"role": "user", "content": "12345678"}]}
    assert counted.parse().input_tokens == count_input("anthropic", json.dumps(sent).encode())
    assert ESTIMATED not in counted.headers
    assert len(counted.headers["x-trace-id"]) == 32


def test_the_openai_sdk(stack: Stack, key: str) -> None:
    model = offer("openai_responses")
    with openai.OpenAI(api_key=key, base_url=f"{stack.base_url}/v1") as sdk:
        counted = sdk.responses.input_tokens.count(model=model, input="Hello")
    assert counted.input_tokens == count_input("openai_responses", b'{"model":"m","input":"Hello"}')


def test_the_gemini_sdk(stack: Stack, key: str) -> None:
    model = offer("gemini")
    with genai.Client(api_key=key, http_options={"base_url": f"{stack.base_url}/gemini"}) as sdk:
        counted = sdk.models.count_tokens(model=model, contents="Hello")
    sent = b'{"contents":[{"parts":[{"text":"Hello"}]}]}'
    assert counted.total_tokens == count_input("gemini", sent)


@pytest.mark.parametrize("protocol", COUNTS)
def test_without_a_route_of_the_protocol_it_is_an_estimate(stack: Stack, key: str, protocol: str) -> None:
    answer = count(stack, key, protocol, offer("openai_chat"))
    assert answer.status_code == 200, answer.text
    assert answer.headers[ESTIMATED] == "true"
    assert 5 < answer.json()[COUNTS[protocol]] < 40


@pytest.mark.parametrize("play", [SAYS_404, SAYS_500])
def test_a_provider_that_cannot_count_leaves_it_to_an_estimate(
    stack: Stack, key: str, play: provider.Play
) -> None:
    with provider.playing(play) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = count(stack, key, "anthropic", model)
    assert (answer.status_code, answer.headers[ESTIMATED]) == (200, "true")


def test_a_provider_that_cannot_count_may_still_answer(stack: Stack, key: str) -> None:
    """Its failure to count cools it down for nobody: it stays the first of two."""
    said = b'{"content":[],"usage":{"input_tokens":1,"output_tokens":1}}'
    with provider.playing(SAYS_500, SAYS_500, SAYS_500, provider.whole(said)) as played:
        first = provider.provider_at(played.url)
        model = provider.offer_over(first, provider.sandbox(), protocol="anthropic")
        assert count(stack, key, "anthropic", model).status_code == 200
        while len(played.received) < 3:  # the tries that were not needed are used up
            count(stack, key, "anthropic", model)
        assert wire.post(stack, key, "anthropic", model).json()["content"] == []


@pytest.mark.parametrize("protocol", COUNTS)
def test_it_is_never_billed_and_counts_against_no_limit(
    stack: Stack, acme: Organization, alice: User, protocol: str
) -> None:
    issued = cast.issue(acme, alice, rpm=1, concurrency=1)
    model = offer(protocol)
    before = purse.wallet(acme)

    async def all_at_once() -> set[int]:
        async with httpx.AsyncClient(timeout=wire.PATIENCE, limits=httpx.Limits()) as client:
            headers = wire.headers(protocol, issued.secret)
            calls = [
                client.post(
                    stack.base_url + path(protocol, model), json=body(protocol, model), headers=headers
                )
                for _ in range(AT_ONCE)
            ]
            return {answer.status_code for answer in await asyncio.gather(*calls)}

    assert asyncio.run(all_at_once()) == {200}
    assert purse.wallet(acme) == before
    assert purse.counters(issued.key) == {}
    assert wire.post(stack, issued.secret, protocol, model).status_code == 200  # the first that counts
    assert [event.outcome for event in UsageEvent.platform.filter(key=issued.key)] in ([], ["completed"])


def test_without_credit_it_still_counts(stack: Stack, acme: Organization, key: str) -> None:
    purse.leave(acme, 0)
    assert count(stack, key, "anthropic", offer("anthropic")).status_code == 200


def test_a_wrong_key_counts_nothing(stack: Stack) -> None:
    assert count(stack, "sk_nothing", "anthropic", "sandbox-claude").status_code == 401


@pytest.mark.parametrize("protocol", COUNTS)
def test_an_unknown_model_is_not_found(stack: Stack, key: str, protocol: str) -> None:
    assert count(stack, key, protocol, "no-such-model").status_code == 404


@pytest.mark.parametrize(
    ("protocol", "sent"),
    [
        ("anthropic", '{"messages":[]}'),
        ("anthropic", '{"model":"a","model":"b","messages":[]}'),
        ("openai_responses", '{"model":7,"input":"x"}'),
        ("openai_responses", '{"model":"m","conversation":"conv_1","input":"x"}'),
        ("gemini", '{"generateContentRequest":{"model":"models/other","contents":[]}}'),
        ("gemini", "[]"),
    ],
)
def test_what_cannot_be_read_is_refused(stack: Stack, key: str, protocol: str, sent: str) -> None:
    url = stack.base_url + path(protocol, "sandbox-claude")
    answer = httpx.post(url, content=sent, headers=wire.headers(protocol, key))
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_what_the_provider_does_not_accept_it_says_itself(stack: Stack, key: str) -> None:
    with provider.playing(provider.whole(b'{"error":{"message":"too odd"}}', status=400)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        answer = count(stack, key, "anthropic", model)
    assert answer.status_code == 400
    assert "too odd" in answer.json()["error"]["message"]


def test_the_body_travels_untouched(stack: Stack, key: str) -> None:
    tag = wire.fresh_tag()
    model = offer("anthropic")
    sent = f'{{ "model" : "{model}" , "messages":[{{"role":"user","content":"caf\\u00e9"}}],"tools":[] }}'
    url = stack.base_url + path("anthropic", model)
    httpx.post(url, content=sent, headers=wire.headers("anthropic", key, tag=tag))
    seen = sandbox.last(tag)
    assert seen.path == "/v1/messages/count_tokens"
    assert seen.body.decode() == sent


@pytest.mark.parametrize("field", ["generateContentRequest", "generate_content_request"])
def test_another_name_upstream_is_written_wherever_the_model_stands(
    stack: Stack, key: str, field: str
) -> None:
    tag = wire.fresh_tag()
    model = provider.offer_over(provider.sandbox(), protocol="gemini", upstream="another")
    asked = {field: {"model": f"models/{model}", "contents": [{"parts": [{"text": "Hi"}]}]}}
    url = stack.base_url + path("gemini", model)
    answer = httpx.post(url, json=asked, headers=wire.headers("gemini", key, tag=tag))
    assert answer.status_code == 200, answer.text
    seen = sandbox.last(tag)
    assert seen.path == "/v1beta/models/another:countTokens"
    assert json.loads(seen.body)[field]["model"] == "models/another"
