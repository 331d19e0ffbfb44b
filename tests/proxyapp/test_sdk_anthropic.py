"""The official `anthropic` SDK against the running stack, each call billed to the nano-dollar."""

from collections.abc import Iterator

import anthropic
import pytest
from anthropic.types import CacheControlEphemeralParam, ToolParam

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast
from tests.support.offers import offer
from tests.support.stack import Stack

TAG = "sdk-anthropic"
HOUR: CacheControlEphemeralParam = {"type": "ephemeral", "ttl": "1h"}
WEATHER: ToolParam = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> Iterator[anthropic.Anthropic]:
    with client(stack, issued.secret, request.node.name) as opened:
        yield opened


def client(stack: Stack, key: str, tag: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key=key,
        base_url=f"{stack.base_url}/anthropic",
        default_headers={"x-sandbox-tag": tag},
        max_retries=0,
    )


def test_it_works(sdk: anthropic.Anthropic, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("anthropic")
    answer = sdk.messages.create(
        model=model, max_tokens=100, messages=[{"role": "user", "content": "Grüß Gott"}]
    )
    assert answer.content[0].type == "text"
    assert "Grüß Gott" in answer.content[0].text
    bills.assert_exact(issued.key, "anthropic", model, request.node.name)


def test_a_stream(sdk: anthropic.Anthropic, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("anthropic", script="~thinking-40")
    with sdk.messages.stream(
        model=model,
        max_tokens=4000,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=[{"role": "user", "content": "Think"}],
    ) as stream:
        text = "".join(stream.text_stream)
    assert "Think" in text
    event = bills.assert_exact(issued.key, "anthropic", f"{model}~thinking-40", request.node.name)
    assert event.stream
    assert event.first_output_ms > 0


def test_a_tool_loop(sdk: anthropic.Anthropic, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("anthropic")
    first = sdk.messages.create(
        model=model, max_tokens=200, tools=[WEATHER], messages=[{"role": "user", "content": "Weather?"}]
    )
    call = next(block for block in first.content if block.type == "tool_use")
    assert first.stop_reason == "tool_use"
    second = sdk.messages.create(
        model=model,
        max_tokens=200,
        tools=[WEATHER],
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": {}}],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees"}],
            },
        ],
    )
    assert second.content[0].type == "text"
    assert "18 degrees" in second.content[0].text


def test_cached_input_is_billed_at_its_own_rate(
    sdk: anthropic.Anthropic, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("anthropic", script="~cached-20")
    sdk.messages.create(
        model=model,
        max_tokens=100,
        system=[
            {"type": "text", "text": "Be brief. " * 40, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
        ],
        messages=[{"role": "user", "content": "Hello"}],
    )
    event = bills.assert_exact(issued.key, "anthropic", f"{model}~cached-20", request.node.name)
    assert event.cache_read == 20
    assert event.cache_write_1h > 0


def test_a_wrong_key_is_an_authentication_error(stack: Stack) -> None:
    with pytest.raises(anthropic.AuthenticationError) as refused, client(stack, "sk_wrong", TAG) as sdk:
        sdk.messages.create(
            model="sandbox-claude", max_tokens=10, messages=[{"role": "user", "content": "Hi"}]
        )
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.response.headers["x-trace-id"] in str(refused.value)


def test_an_unknown_model_is_not_found(sdk: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError):
        sdk.messages.create(model="nothing", max_tokens=10, messages=[{"role": "user", "content": "Hi"}])


def test_a_bad_request_is_explained(sdk: anthropic.Anthropic) -> None:
    model = offer("anthropic", script="~status-400")
    with pytest.raises(anthropic.BadRequestError):
        sdk.messages.create(model=model, max_tokens=10, messages=[{"role": "user", "content": "Hi"}])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, anthropic.InternalServerError),  # our credential, not the client's
        (429, anthropic.InternalServerError),  # the provider's capacity, not the client's limit
        (500, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
    ],
)
def test_a_failing_provider_is_a_server_error_and_free(
    sdk: anthropic.Anthropic, issued: Issued, status: int, error: type[Exception]
) -> None:
    model = offer("anthropic", script=f"~status-{status}")
    with pytest.raises(error):
        sdk.messages.create(model=model, max_tokens=10, messages=[{"role": "user", "content": "Hi"}])
    event = bills.of(issued.key)
    assert (event.outcome, event.charged) == ("upstream_failed", 0)


def test_models_are_listed(sdk: anthropic.Anthropic) -> None:
    assert "sandbox-claude" in {model.id for model in sdk.models.list()}
