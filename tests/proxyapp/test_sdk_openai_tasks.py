"""The official `openai` SDK against the running stack: embeddings, moderations and the old completions."""

from collections.abc import Iterator

import httpx
import openai
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, sandbox
from tests.support.offers import offer, per_call
from tests.support.stack import Stack


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


@pytest.mark.parametrize("protocol", ["openai_chat", "openai_responses"])
def test_it_works(sdk: openai.OpenAI, issued: Issued, protocol: str, request: pytest.FixtureRequest) -> None:
    """The SDK asks for base64 unless told otherwise; any route to an OpenAI address serves."""
    model = offer(protocol)
    answer = sdk.embeddings.create(model=model, input=["hello", "world 你好"], dimensions=16)
    assert [len(entry.embedding) for entry in answer.data] == [16, 16]
    assert b'"encoding_format":"base64"' in sandbox.last(request.node.name).body
    event = bills.assert_exact_task(issued.key, "/v1/embeddings", model, request.node.name)
    assert answer.usage.prompt_tokens == event.input
    assert (event.protocol, event.output) == ("openai", 0)


def test_vectors_as_numbers_of_a_text_in_tokens(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat")
    answer = sdk.embeddings.create(model=model, input=[[1, 2, 3], [4]], encoding_format="float")
    assert len(answer.data) == 2
    assert bills.assert_exact_task(issued.key, "/v1/embeddings", model, request.node.name).input == 4


def test_moderations_are_priced_by_the_call(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat", rates=per_call(1_500))
    assert not sdk.moderations.create(model=model, input="Hello").results[0].flagged
    event = bills.assert_exact_task(issued.key, "/v1/moderations", model, request.node.name, per_call(1_500))
    assert event.charged == 1_500


def test_reranking(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    asked = {"model": model, "query": "red apple", "documents": ["a blue car", "an apple, red"], "top_n": 1}
    answer = httpx.post(
        f"{stack.base_url}/openai/v1/rerank",
        json=asked,
        headers={"authorization": f"Bearer {issued.secret}", "x-sandbox-tag": request.node.name},
    )
    assert [result["index"] for result in answer.json()["results"]] == [1]
    bills.assert_exact_task(issued.key, "/v1/rerank", model, request.node.name)


def test_an_old_completion(sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest) -> None:
    model = offer("openai_chat")
    answer = sdk.completions.create(model=model, prompt="Once upon a time", n=2, max_tokens=3)
    assert [choice.text for choice in answer.choices] == ["Once upon a "] * 2
    event = bills.assert_exact_task(issued.key, "/v1/completions", model, request.node.name)
    assert (event.output, event.protocol) == (6, "openai")


def test_an_old_completion_in_a_stream_is_metered_though_usage_was_not_asked_for(
    sdk: openai.OpenAI, issued: Issued, request: pytest.FixtureRequest
) -> None:
    model = offer("openai_chat")
    chunks = list(sdk.completions.create(model=model, prompt="Once upon a time", stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == "Once upon a time"
    assert all(chunk.choices for chunk in chunks)  # the usage chunk that we asked for stays hidden
    bills.assert_exact_task(issued.key, "/v1/completions", model, request.node.name, stream=True)


def test_a_completion_that_breaks_off_ends_with_an_error(sdk: openai.OpenAI, issued: Issued) -> None:
    model = offer("openai_chat", script="~cut-2")
    with pytest.raises(openai.APIError, match="broke off"):
        list(sdk.completions.create(model=model, prompt="Once upon a time", stream=True))
    assert bills.of(issued.key).outcome == "upstream_failed"
