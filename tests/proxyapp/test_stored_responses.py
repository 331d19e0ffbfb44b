"""Responses that the provider keeps: their owner goes on from them and looks after them, nobody else can."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.catalogue import services
from portal.catalogue.models import AIModel
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tokens import predict
from proxyapp.stored import response_name
from tests.support import bills, cast, provider, purse, sandbox, wire
from tests.support.offers import PER_TOKEN, offer, price
from tests.support.stack import Stack
from tests.support.waiting import eventually


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=issued.secret, base_url=f"{stack.base_url}/v1", max_retries=0) as opened:
        yield opened


@pytest.fixture
def strangers_sdk(stack: Stack, globex: Organization, charlie: User) -> Iterator[openai.OpenAI]:
    key = cast.key(globex, charlie)
    with openai.OpenAI(api_key=key, base_url=f"{stack.base_url}/v1", max_retries=0) as opened:
        yield opened


@pytest.fixture
def model(stack: Stack) -> str:
    return offer("openai_responses")


def assert_not_found(caught: "pytest.ExceptionInfo[openai.NotFoundError]") -> None:
    assert caught.value.code == "response_not_found"
    assert "trace_id" in str(caught.value)


def test_it_works(sdk: openai.OpenAI, issued: Issued, model: str, request: pytest.FixtureRequest) -> None:
    tag = request.node.name
    first = sdk.responses.create(model=model, input="Hello")
    second = sdk.responses.create(
        model=model,
        input="And now?",
        previous_response_id=first.id,
        extra_headers={"x-sandbox-tag": tag},
    )
    assert second.previous_response_id == first.id
    events = UsageEvent.platform.filter(key=issued.key).order_by("-occurred_at")
    eventually(lambda: events.count() == 2, bills.WITHIN)
    assert first.usage is not None
    sent = sandbox.last(tag).body
    counts = predict("openai_responses", sent, model, prior=first.usage.total_tokens)
    assert events[0].input == counts.input > first.usage.total_tokens
    assert (events[0].charged, events[0].source) == (price(counts), "provider")


def test_a_stream_is_gone_on_from_as_well(sdk: openai.OpenAI, model: str) -> None:
    with sdk.responses.stream(model=model, input="Hello") as stream:
        first = stream.get_final_response()
    with sdk.responses.stream(model=model, input="More", previous_response_id=first.id) as stream:
        assert stream.get_final_response().previous_response_id == first.id


def test_who_hangs_up_at_the_end_can_go_on(sdk: openai.OpenAI, model: str) -> None:
    """The response is known before its last event is heard, whatever becomes of the connection then."""
    with sdk.responses.create(model=model, input="Hello", stream=True) as stream:
        for event in stream:
            if event.type == "response.completed":
                made = event.response.id
                break
    assert sdk.responses.create(model=model, input="More", previous_response_id=made).output


def test_it_is_looked_after_for_nothing(
    sdk: openai.OpenAI, acme: Organization, issued: Issued, model: str
) -> None:
    made = sdk.responses.create(model=model, input="Hello")
    bills.of(issued.key)
    before = purse.wallet(acme)
    assert sdk.responses.retrieve(made.id).output_text == made.output_text
    items = sdk.responses.input_items.list(made.id, limit=5).data
    assert json.loads(items[0].model_dump_json())["content"][0]["text"] == "Hello"
    counted = sdk.responses.input_tokens.count(model=model, input="x", previous_response_id=made.id)
    assert made.usage is not None
    assert counted.input_tokens is not None
    assert counted.input_tokens > made.usage.total_tokens
    with pytest.raises(openai.BadRequestError, match="synchronous"):  # the provider's own word
        sdk.responses.cancel(made.id)
    sdk.responses.delete(made.id)
    assert purse.wallet(acme) == before
    assert UsageEvent.platform.filter(key=issued.key).count() == 1


def test_what_was_deleted_is_not_found(sdk: openai.OpenAI, model: str) -> None:
    made = sdk.responses.create(model=model, input="Hello")
    sdk.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.responses.create(model=model, input="More", previous_response_id=made.id)
    assert_not_found(caught)


ASKED: dict[str, Callable[[openai.OpenAI, str, str], object]] = {
    "create": lambda sdk, model, made: sdk.responses.create(
        model=model, input="What was that?", previous_response_id=made
    ),
    "count": lambda sdk, model, made: sdk.responses.input_tokens.count(
        model=model, input="x", previous_response_id=made
    ),
    "retrieve": lambda sdk, model, made: sdk.responses.retrieve(made),
    "delete": lambda sdk, model, made: sdk.responses.delete(made),
    "cancel": lambda sdk, model, made: sdk.responses.cancel(made),
    "items": lambda sdk, model, made: sdk.responses.input_items.list(made),
}


@pytest.mark.parametrize("asked", ASKED)
def test_to_a_stranger_it_does_not_exist(
    sdk: openai.OpenAI, strangers_sdk: openai.OpenAI, model: str, asked: str
) -> None:
    made = sdk.responses.create(model=model, input="Hello").id
    with pytest.raises(openai.NotFoundError) as caught:
        ASKED[asked](strangers_sdk, model, made)
    assert_not_found(caught)
    assert sdk.responses.retrieve(made).id == made


@pytest.mark.parametrize("name", ["resp_nobody_has", "../../files", "x" * 500, "é"])
def test_an_unknown_id_is_not_found(stack: Stack, key: str, model: str, name: str) -> None:
    asked = wire.body("openai_responses", model) | {"previous_response_id": name}
    answer = httpx.post(
        f"{stack.base_url}/v1/responses", json=asked, headers=wire.headers("openai_responses", key)
    )
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "response_not_found"


def test_without_store_there_is_nothing_to_go_on_from(sdk: openai.OpenAI, model: str) -> None:
    made = sdk.responses.create(model=model, input="Hello", store=False)
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.responses.retrieve(made.id)
    assert_not_found(caught)


def test_it_is_sought_where_it_lies(stack: Stack, sdk: openai.OpenAI) -> None:
    """Of two providers the one that answered is asked again, though the other comes first by then."""
    made = sdk.responses.create(model=(model := offer("openai_responses")), input="Hello")
    said = (
        b'{"id":"resp_other","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}'
    )
    with provider.playing(provider.whole(said)) as played:
        services.set_route(
            model=AIModel.objects.get(name=model),
            provider=provider.provider_at(played.url),
            protocol="openai_responses",
            upstream_model=model,
            priority=0,
            actor=None,
        )
        assert eventually(lambda: sdk.responses.create(model=model, input="Hi").id == "resp_other")
        again = sdk.responses.create(model=model, input="More", previous_response_id=made.id)
        assert again.previous_response_id == made.id
        assert sdk.responses.retrieve(made.id).id == made.id


def test_what_it_adds_is_held_for(stack: Stack, acme: Organization, sdk: openai.OpenAI) -> None:
    """In hard mode a cheap call on top of a long conversation is no cheap call."""
    model = offer("openai_responses", script="~usage-1000000.10", rates=PER_TOKEN)
    made = sdk.responses.create(model=model, input="Hello", max_output_tokens=16)
    purse.leave(acme, 1_000_000_000)  # a dollar; a million tokens of input cost three
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.responses.create(model=model, input="More", previous_response_id=made.id, max_output_tokens=16)
    assert caught.value.code == "insufficient_quota"


def test_it_is_known_for_thirty_days(acme: Organization, sdk: openai.OpenAI, model: str) -> None:
    made = sdk.responses.create(model=model, input="Hello")
    left = purse.command("TTL", response_name(acme.pk, made.id))
    assert 29 * 86_400 < left <= 30 * 86_400


def test_a_stored_response_is_not_streamed(stack: Stack, key: str) -> None:
    url = f"{stack.base_url}/v1/responses/resp_1?stream=true"
    answer = httpx.get(url, headers={"authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "stream")


def test_only_what_is_understood_of_the_query_travels(stack: Stack, key: str) -> None:
    said: dict[str, Any] = {"id": "resp_here", "output": [], "usage": {"input_tokens": 1, "output_tokens": 1}}
    with provider.playing(provider.whole(json.dumps(said).encode())) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_responses")
        wire.post(stack, key, "openai_responses", model)
        url = f"{stack.base_url}/v1/responses/resp_here/input_items?limit=3&include[]=a&x=1&key={key}"
        assert httpx.get(url).status_code == 200
        assert played.received[-1].line.startswith(
            b"GET /v1/responses/resp_here/input_items?limit=3&include%5B%5D=a HTTP"
        )


def test_a_conversation_is_compacted_and_metered(sdk: openai.OpenAI, issued: Issued, model: str) -> None:
    made = sdk.responses.compact(model=model, input="A long story")
    assert made.object == "response.compaction"
    counts = predict(
        "openai_responses", json.dumps({"model": model, "input": "A long story"}).encode(), model
    )
    event = bills.of(issued.key)
    assert (event.input, event.output, event.charged) == (counts.input, counts.output, price(counts))
    assert (event.protocol, event.source) == ("openai_responses", "provider")
