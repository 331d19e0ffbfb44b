"""What is forwarded is what was checked: the client's bytes, but for edits that must be."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support import provider, wire
from tests.support.provider import Played
from tests.support.stack import Stack

ODD = (
    '{ "zebra": [1.0, 1e2, 12345678901234567890123, -0],\n\t"note": "caf\\u00e9 café \\/ \\ud83d\\ude00",'
    '"nested":{"b":1,"a":2,"b":3}, "model" :  "MODEL" ,"max_tokens":200,"max_output_tokens":200,'
    '"messages":[{"role":"user","content":"Hi"}],"contents":[{"parts":[{"text":"Hi"}]}],'
    '"input":"Hi", "null":null }'
)
ANSWERS = {
    "anthropic": b'{"content":[],"usage":{"input_tokens":1,"output_tokens":1},"stop_reason":"end_turn"}',
    "openai_chat": b'{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":1}}',
    "openai_responses": b'{"status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}',
    "gemini": b'{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}',
}


@pytest.fixture(scope="module", params=wire.PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def played(stack: Stack, protocol: str) -> Iterator[Played]:
    with provider.playing(provider.whole(ANSWERS[protocol])) as started:
        yield started


def forwarded(stack: Stack, key: str, played: Played, protocol: str, model: str, sent: str) -> str:
    """The body that reached the provider."""
    answer = httpx.post(
        stack.base_url + wire.path(protocol, model),
        content=sent.encode(),
        headers=wire.headers(protocol, key),
        timeout=wire.PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    return played.received[-1].body.decode()


def test_it_works(stack: Stack, key: str, played: Played, protocol: str) -> None:
    model = provider.offer_over(provider.provider_at(played.url), protocol=protocol)
    sent = ODD.replace("MODEL", model)
    assert forwarded(stack, key, played, protocol, model, sent) == sent


def test_another_name_upstream_changes_the_name_alone(
    stack: Stack, key: str, played: Played, protocol: str
) -> None:
    at = provider.provider_at(played.url)
    model = provider.offer_over(at, protocol=protocol, upstream="vendor/name:of-it")
    seen = forwarded(stack, key, played, protocol, model, ODD.replace("MODEL", model))
    pairs = json.loads(seen, object_pairs_hook=list)
    kept = json.loads(ODD.replace("MODEL", model), object_pairs_hook=list)
    names = {"vendor/name:of-it", "models/vendor/name:of-it"}
    assert [name for name, _ in pairs] == [name for name, _ in kept]
    assert {value for name, value in pairs if name == "model"} <= names
    assert [pair for pair in pairs if pair[0] != "model"] == [pair for pair in kept if pair[0] != "model"]


def test_what_is_inside_stays_to_the_byte(stack: Stack, key: str, played: Played, protocol: str) -> None:
    at = provider.provider_at(played.url)
    model = provider.offer_over(at, protocol=protocol, upstream="another-name")
    seen = forwarded(stack, key, played, protocol, model, ODD.replace("MODEL", model))
    for piece in ("[1.0, 1e2, 12345678901234567890123, -0]", "caf\\u00e9 café \\/ \\ud83d\\ude00"):
        assert piece in seen
    assert '{"b":1,"a":2,"b":3}' in seen


def test_usage_is_asked_for_in_a_chat_stream(stack: Stack, key: str) -> None:
    said = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\ndata: [DONE]\n\n'
    with provider.playing(provider.chunked(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_chat")
        wire.post(stack, key, "openai_chat", model, stream=True)
        sent = json.loads(played.received[-1].body)
    assert sent.pop("stream_options") == {"include_usage": True}
    assert sent == wire.body("openai_chat", model, stream=True)


def test_the_query_does_not_travel(stack: Stack, key: str) -> None:
    with provider.playing(provider.whole(ANSWERS["gemini"])) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="gemini")
        path = f"/v1beta/models/{model}:generateContent?key={key}&$fields=x&debug=1"
        assert httpx.post(stack.base_url + path, json=wire.body("gemini", model)).status_code == 200
        assert played.received[-1].line == f"POST /v1beta/models/{model}:generateContent HTTP/1.1".encode()
