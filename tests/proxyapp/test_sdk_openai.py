"""The official `openai` SDK against the running stack: Chat Completions and Responses."""

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionToolParam
from openai.types.responses import FunctionToolParam

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast
from tests.support.offers import offer
from tests.support.stack import Stack

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris"]}},
    "required": ["city"],
}
CHAT_TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather", "parameters": SCHEMA},
}
TOOL: FunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather",
    "parameters": SCHEMA,
    "strict": False,
}


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=issued.secret,
        base_url=f"{stack.base_url}/openai/v1",
        default_headers={"x-sandbox-tag": request.node.name},
        max_retries=0,
    ) as opened:
        yield opened


def test_it_works(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    answer = sdk.chat.completions.create(model=model, messages=[{"role": "user", "content": "你好"}])
    assert "你好" in (answer.choices[0].message.content or "")
    bills.assert_exact(issued.key, "openai_chat", model, request.node.name)


def test_a_stream_is_metered_though_usage_was_not_asked_for(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat", script="~cached-3")
    chunks = list(
        sdk.chat.completions.create(
            model=model, stream=True, messages=[{"role": "user", "content": "Hello there"}]
        )
    )
    assert all(chunk.choices for chunk in chunks)  # the usage chunk that we asked for stays hidden
    assert not any(chunk.usage for chunk in chunks)
    assert "Hello there" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    event = bills.assert_exact(issued.key, "openai_chat", f"{model}~cached-3", request.node.name)
    assert event.cache_read == 3


def test_usage_that_was_asked_for_is_passed_on(sdk: openai.OpenAI, issued: Issued) -> None:
    chunks = list(
        sdk.chat.completions.create(
            model=offer("openai_chat"),
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": "Hello"}],
        )
    )
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens == bills.of(issued.key).input


def test_a_tool_call(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    answer = sdk.chat.completions.create(
        model=model, tools=[CHAT_TOOL], messages=[{"role": "user", "content": "Weather?"}]
    )
    calls = answer.choices[0].message.tool_calls
    assert calls
    assert calls[0].type == "function"
    assert "Paris" in calls[0].function.arguments
    bills.assert_exact(issued.key, "openai_chat", model, request.node.name)


def test_responses(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_responses")
    answer = sdk.responses.create(model=model, input="Hello responses")
    assert "Hello responses" in answer.output_text
    bills.assert_exact(issued.key, "openai_responses", model, request.node.name)


def test_responses_streamed_with_a_tool_and_reasoning(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_responses", script="~thinking-30")
    with sdk.responses.stream(model=model, input="Weather?", tools=[TOOL]) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == sorted(event.sequence_number for event in events)
    assert any(item.type == "function_call" for item in final.output)
    event = bills.assert_exact(issued.key, "openai_responses", f"{model}~thinking-30", request.node.name)
    assert event.reasoning == 30


def test_a_wrong_key_is_an_authentication_error(stack: Stack) -> None:
    placeholder = openai.OpenAI(api_key="your-api-key-here", base_url=f"{stack.base_url}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as refused, placeholder as sdk:
        sdk.models.list()
    assert "sk_" in str(refused.value)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_failing_provider_is_a_server_error_and_free(
    sdk: openai.OpenAI, issued: Issued, status: int
) -> None:
    model = offer("openai_chat", script=f"~status-{status}")
    with pytest.raises(openai.InternalServerError):
        sdk.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi"}])
    event = bills.of(issued.key)
    assert (event.outcome, event.charged) == ("upstream_failed", 0)


def test_a_refused_request_is_the_clients_to_mend(sdk: openai.OpenAI) -> None:
    model = offer("openai_responses", script="~status-400")
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.responses.create(model=model, input="Hi")
    assert refused.value.response.headers["x-should-retry"] == "false"


def test_an_unknown_model_is_not_found(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        sdk.chat.completions.create(model="nothing", messages=[{"role": "user", "content": "Hi"}])


def test_models_are_listed(sdk: openai.OpenAI) -> None:
    assert "sandbox-gpt" in {model.id for model in sdk.models.list()}
    assert sdk.models.retrieve("sandbox-gpt").id == "sandbox-gpt"
