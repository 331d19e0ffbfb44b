"""OpenAI's own SDK holds a conversation: `client.responses.connect()`."""

import asyncio

import openai
import pytest

from portal.keys.services import Issued
from tests.support import bills
from tests.support.offers import offer
from tests.support.stack import Stack

# The SDK opens its synchronous connection in a way that `websockets` has begun to discourage.
pytestmark = pytest.mark.filterwarnings(
    "ignore:connect\\(\\) must be used as a context manager:DeprecationWarning"
)


def test_it_works(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with (
        openai.OpenAI(api_key=issued.secret, base_url=f"{stack.base_url}/openai/v1") as sdk,
        sdk.responses.connect(extra_headers={"x-sandbox-tag": tag}) as connection,
    ):
        connection.response.create(model=model, input="How are you?", store=False)
        text = ""
        for event in connection:
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type == "response.completed":
                assert text == event.response.output_text
                break
    assert "How are you?" in text
    bills.assert_exact(issued.key, "openai_responses", model, tag)


def test_two_turns_on_a_translated_route(stack: Stack, issued: Issued) -> None:
    model = offer("anthropic")

    async def talk() -> list[str]:
        said: list[str] = []
        base_url = f"{stack.base_url}/openai/v1"
        async with (
            openai.AsyncOpenAI(api_key=issued.secret, base_url=base_url) as sdk,
            sdk.responses.connect() as connection,
        ):
            previous = None
            for text in ("One", "And two"):
                await connection.response.create(model=model, input=text, previous_response_id=previous)
                async for event in connection:
                    if event.type == "response.completed":
                        previous = event.response.id
                        said.append(event.response.output_text)
                        break
        return said

    one, two = asyncio.run(talk())
    assert ("One" in one, "And two" in two) == (True, True)


def test_an_error(stack: Stack, issued: Issued) -> None:
    with (
        openai.OpenAI(api_key=issued.secret, base_url=f"{stack.base_url}/v1") as sdk,
        sdk.responses.connect() as connection,
    ):
        connection.response.create(model="no-such-model", input="Hello")
        refused = connection.recv()
        assert refused.type == "error"
        assert "no-such-model" in refused.error.message
