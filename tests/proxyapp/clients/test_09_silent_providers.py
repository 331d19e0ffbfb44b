"""Point 9: silence is filled before and within a stream, and no SDK minds what it is filled with."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from tests.proxyapp.test_silence import CHUNKED, behind_an_event
from tests.proxyapp.test_streaming import recorded
from tests.support import provider, worker
from tests.support.stack import Stack

PAUSE = 1.0  # seconds: several times the span after which this worker fills


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[Stack]:
    with worker.running(stack, TOLLGATE_FILLER_SECONDS=0.2) as started:
        yield started.stack


@contextmanager
def slow(protocol: str) -> Iterator[str]:
    """A model whose provider is silent before its first event, and once more between two of them."""
    said = recorded(protocol)
    half = behind_an_event(said, protocol)

    def play(to: socket.socket) -> None:
        threading.Event().wait(PAUSE)
        to.sendall(CHUNKED + provider.chunk(said[:half]))
        threading.Event().wait(PAUSE)
        to.sendall(provider.chunk(said[half:]) + b"0\r\n\r\n")

    with provider.playing(play) as played:
        yield provider.offer_over(provider.provider_at(played.url), protocol=protocol)


def test_it_works(gateway: Stack, key: str) -> None:
    with (
        slow("anthropic") as model,
        anthropic.Anthropic(api_key=key, base_url=gateway.base_url, max_retries=0) as sdk,
        sdk.messages.stream(
            model=model, max_tokens=100, messages=[{"role": "user", "content": "Hello"}]
        ) as stream,
    ):
        assert stream.get_final_message().stop_reason == "end_turn"


def test_chat(gateway: Stack, key: str) -> None:
    with (
        slow("openai_chat") as model,
        openai.OpenAI(api_key=key, base_url=f"{gateway.base_url}/v1", max_retries=0) as sdk,
    ):
        stream = sdk.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        reasons = [chunk.choices[0].finish_reason for chunk in stream if chunk.choices]
    assert reasons[-1] == "stop"


def test_responses(gateway: Stack, key: str) -> None:
    with (
        slow("openai_responses") as model,
        openai.OpenAI(api_key=key, base_url=f"{gateway.base_url}/v1", max_retries=0) as sdk,
        sdk.responses.stream(model=model, input="Hello") as stream,
    ):
        assert stream.get_final_response().status == "completed"


def test_gemini(gateway: Stack, key: str) -> None:
    client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=gateway.base_url))
    with slow("gemini") as model:
        chunks = list(client.models.generate_content_stream(model=model, contents="Hello"))
    client.close()
    assert chunks[-1].candidates is not None
    assert chunks[-1].candidates[0].finish_reason == "STOP"
