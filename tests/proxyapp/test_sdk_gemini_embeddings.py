"""The official `google-genai` SDK against the running stack: embeddings, alone and in batches."""

import json

import httpx
import pytest
from google import genai
from google.genai.types import HttpOptions

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def embed(
    stack: Stack, key: str, model: str, tag: str, verb: str, asked: dict[str, object]
) -> httpx.Response:
    return httpx.post(
        f"{stack.base_url}/v1beta/models/{model}:{verb}",
        json=asked,
        headers=wire.headers("gemini", key, tag=tag),
    )


def test_it_works(stack: Stack, issued: Issued, request: pytest.FixtureRequest) -> None:
    model, tag = offer("gemini"), request.node.name
    options = HttpOptions(base_url=f"{stack.base_url}/gemini", headers={"x-sandbox-tag": tag})
    with genai.Client(api_key=issued.secret, http_options=options) as sdk:
        answer = sdk.models.embed_content(model=model, contents=["hello", "world 你好"])
    assert [len(found.values or ()) for found in answer.embeddings or ()] == [8, 8]
    event = bills.assert_exact_task(issued.key, "batchEmbedContents", model, tag)
    assert event.protocol == "gemini"


def test_one_text_alone(stack: Stack, issued: Issued) -> None:
    model, tag = offer("gemini"), wire.fresh_tag()
    answer = embed(stack, issued.secret, model, tag, "embedContent", {"content": {"parts": [{"text": "Hi"}]}})
    assert len(answer.json()["embedding"]["values"]) == 8
    bills.assert_exact_task(issued.key, "embedContent", model, tag)


def test_another_name_upstream_is_written_into_every_request(stack: Stack, key: str) -> None:
    model = provider.offer_over(provider.sandbox(), protocol="gemini", upstream="another")
    tag, one = wire.fresh_tag(), {"model": f"models/{model}", "content": {"parts": [{"text": "Hi"}]}}
    assert embed(stack, key, model, tag, "batchEmbedContents", {"requests": [one, one]}).status_code == 200
    seen = sandbox.last(tag)
    assert seen.path == "/v1beta/models/another:batchEmbedContents"
    assert [entry["model"] for entry in json.loads(seen.body)["requests"]] == ["models/another"] * 2


def test_another_model_in_the_body_is_refused(stack: Stack, key: str) -> None:
    asked: dict[str, object] = {"requests": [{"model": "models/dearer", "content": {"parts": []}}]}
    answer = embed(stack, key, "sandbox-gemini", "-", "batchEmbedContents", asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["metadata"]["param"] == "requests[0].model"
