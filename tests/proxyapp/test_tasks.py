"""Every endpoint beside conversations gives the guarantees that conversations have."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tasks.sound import wav
from tests.support import bills, cast, provider, purse, sandbox, wire, worker
from tests.support.offers import PER_TOKEN, offer
from tests.support.stack import Stack

DEAR = dict.fromkeys(PER_TOKEN, 10**12)  # a dollar for anything
BODIES: dict[str, dict[str, Any]] = {
    "embeddings": {"input": "Hello"},
    "rerank": {"query": "Hello", "documents": ["a", "b"]},
    "moderations": {"input": "Hello"},
    "completions": {"prompt": "Hello", "max_tokens": 5},
    "images/generations": {"prompt": "Hello"},
    "images/edits": {"prompt": "Hello", "image": b"xx"},
    "images/variations": {"image": b"xx"},
    "audio/speech": {"input": "Hello", "voice": "alloy"},
    "audio/transcriptions": {"file": wav(8000)},
    "audio/translations": {"file": wav(8000)},
    "responses/compact": {"input": "Hello"},
    "embedContent": {"content": {"parts": [{"text": "Hello"}]}},
    "batchEmbedContents": {"requests": [{"content": {"parts": [{"text": "Hello"}]}}]},
}


def protocol(path: str) -> str:
    """Of the route that serves it."""
    if path.startswith("responses"):
        return "openai_responses"
    return "gemini" if path.endswith(("Content", "Contents")) else "openai_chat"


def post(stack: Stack, key: str, path: str, model: str, tag: str = "", script: str = "") -> httpx.Response:
    headers = wire.headers(protocol(path), key, tag=tag, script=script)
    if protocol(path) == "gemini":
        url = f"{stack.base_url}/v1/models/{model}:{path}"
        return httpx.post(url, json=BODIES[path], headers=headers, timeout=wire.PATIENCE)
    url = f"{stack.base_url}/openai/v1/{path}"
    fields = {"model": model} | BODIES[path]
    files = {name: ("file", value) for name, value in fields.items() if isinstance(value, bytes)}
    if not files:
        return httpx.post(url, json=fields, headers=headers, timeout=wire.PATIENCE)
    texts = {name: value for name, value in fields.items() if name not in files}
    return httpx.post(url, data=texts, files=files, headers=headers, timeout=wire.PATIENCE)


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture(params=BODIES)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_works(stack: Stack, issued: Issued, path: str) -> None:
    """Answered, traced, charged once and at most what was held, and nothing of the provider comes back."""
    tag = wire.fresh_tag()
    answer = post(stack, issued.secret, path, offer(protocol(path)), tag)
    assert answer.status_code == 200, answer.text
    event = bills.of(issued.key)
    assert event.outcome == "completed"
    assert 0 <= event.charged <= event.held
    assert answer.headers["x-trace-id"] == event.call_id.hex
    assert not {name for name in answer.headers if name.startswith("openai-") or name == "server-timing"}
    assert issued.secret not in str(sandbox.last(tag).headers)
    assert purse.is_free(issued.key)


def test_the_next_target_is_tried(stack: Stack, issued: Issued, path: str) -> None:
    with provider.playing(provider.whole(b'{"error":{"message":"x"}}', status=503)) as played:
        at = provider.provider_at(played.url)
        answer = post(
            stack,
            issued.secret,
            path,
            provider.offer_over(at, provider.sandbox(), protocol=protocol(path)),
        )
    assert (answer.status_code, answer.headers["x-gateway-attempts"]) == (200, "2")


def test_a_failing_provider_is_told_in_our_words_and_free(stack: Stack, issued: Issued, path: str) -> None:
    answer = post(stack, issued.secret, path, offer(protocol(path)), script="~status-500")
    assert answer.status_code == 502
    assert "trace_id" in answer.json()["error"]["message"]
    assert bills.of(issued.key).charged == 0


def test_a_refusal_of_the_provider_is_passed_on_and_free(stack: Stack, issued: Issued, path: str) -> None:
    answer = post(stack, issued.secret, path, offer(protocol(path)), script="~status-422")
    assert answer.status_code == 422
    event = bills.of(issued.key)
    assert (event.outcome, event.charged) == ("refused", 0)


def test_an_unknown_model_is_not_found(stack: Stack, key: str, path: str) -> None:
    answer = post(stack, key, path, "no-such-model")
    assert (answer.status_code, "no-such-model" in answer.text) == (404, True)


def test_a_model_of_another_protocol_is_not_served_here(stack: Stack, key: str, path: str) -> None:
    answer = post(stack, key, path, offer("anthropic"))
    assert answer.status_code == 400
    assert "/anthropic/v1/messages" in answer.text


def test_a_wrong_key_is_refused(stack: Stack, path: str) -> None:
    assert post(stack, "sk_wrong", path, "sandbox-gpt").status_code == 401


def test_without_the_money_nothing_is_dialled(
    stack: Stack, acme: Organization, issued: Issued, path: str
) -> None:
    tag = wire.fresh_tag()
    purse.leave(acme, 999_999_999)
    answer = post(stack, issued.secret, path, offer(protocol(path), rates=DEAR), tag)
    assert answer.status_code in (402, 429), answer.text
    assert "credit" in answer.text
    assert sandbox.stats(tag)["requests"] == 0


def test_only_the_name_of_the_model_is_changed(stack: Stack, key: str, path: str) -> None:
    same, other = wire.fresh_tag(), wire.fresh_tag()
    model = offer(protocol(path))
    post(stack, key, path, model, same)
    renamed = provider.offer_over(provider.sandbox(), protocol=protocol(path), upstream="another")
    post(stack, key, path, renamed, other)
    seen = sandbox.last(other)
    if "multipart" in (kind := seen.header("content-type") or ""):
        boundary = kind.partition("boundary=")[2].encode()
        there = (sandbox.last(same).header("content-type") or "").partition("boundary=")[2].encode()
        before = sandbox.last(same).body.replace(there, boundary)
        assert seen.body == before.replace(model.encode(), b"another")
    elif protocol(path) == "gemini":
        assert seen.path == f"/v1beta/models/another:{path}"
        sent = json.loads(seen.body)
        [entry.pop("model") for entry in sent.get("requests", ())]
        assert sent == BODIES[path]
    else:
        assert seen.body == sandbox.last(same).body.replace(model.encode(), b"another")


def test_a_body_that_is_too_large_is_refused(stack: Stack, key: str, path: str) -> None:
    address = urlsplit(stack.base_url)
    below = f"/v1/models/m:{path}" if protocol(path) == "gemini" else f"/openai/v1/{path}"
    sent = worker.request(below, wire.headers(protocol(path), key), length=33 * worker.MEBIBYTE)
    with socket.create_connection((address.hostname, address.port), wire.PATIENCE) as connection:
        connection.sendall(sent)
        answer = worker.read_answer(connection)
    assert b" 413 " in answer.partition(b"\r\n")[0]
