"""The official `google-genai` SDK against the running stack."""

from collections.abc import Iterator

import pytest
from google import genai
from google.genai import errors, types

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast
from tests.support.offers import offer
from tests.support.stack import Stack

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = types.FunctionDeclaration(
    name="get_weather",
    description="The weather",
    parameters_json_schema={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def sdk(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    client = genai.Client(
        api_key=issued.secret,
        http_options=types.HttpOptions(base_url=stack.base_url, headers={"x-sandbox-tag": request.node.name}),
    )
    yield client
    client.close()


def test_it_works(sdk: genai.Client, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("gemini")
    answer = sdk.models.generate_content(model=model, contents="Bonjour")
    assert "Bonjour" in (answer.text or "")
    bills.assert_exact(issued.key, "gemini", model, request.node.name)


def test_a_stream(sdk: genai.Client, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("gemini", script="~thinking-25~cached-2")
    text = "".join(
        chunk.text or "" for chunk in sdk.models.generate_content_stream(model=model, contents="Bonjour")
    )
    assert "Bonjour" in text
    event = bills.assert_exact(issued.key, "gemini", f"{model}~thinking-25~cached-2", request.node.name)
    assert (event.stream, event.cache_read, event.reasoning) == (True, 2, 25)


def test_a_tool_call(sdk: genai.Client, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("gemini")
    answer = sdk.models.generate_content(
        model=model,
        contents="Weather?",
        config=types.GenerateContentConfig(tools=[types.Tool(function_declarations=[WEATHER])]),
    )
    assert answer.function_calls
    assert answer.function_calls[0].name == "get_weather"
    bills.assert_exact(issued.key, "gemini", model, request.node.name)


@pytest.mark.parametrize(("status", "told"), [(400, 400), (401, 502), (429, 503), (500, 502), (503, 503)])
def test_errors_have_the_right_status(sdk: genai.Client, issued: Issued, status: int, told: int) -> None:
    model = offer("gemini", script=f"~status-{status}")
    with pytest.raises(errors.APIError) as failed:
        sdk.models.generate_content(model=model, contents="Hi")
    assert failed.value.code == told
    assert bills.of(issued.key).charged == 0


def test_a_wrong_key_is_unauthenticated(stack: Stack) -> None:
    with genai.Client(api_key="AIzaWrong", http_options=types.HttpOptions(base_url=stack.base_url)) as sdk:
        with pytest.raises(errors.ClientError) as refused:
            sdk.models.generate_content(model="sandbox-gemini", contents="Hi")
        assert refused.value.status == "UNAUTHENTICATED"


def test_models_are_listed(sdk: genai.Client) -> None:
    assert "models/sandbox-gemini" in {model.name for model in sdk.models.list()}
