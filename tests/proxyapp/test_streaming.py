"""A stream passes as it comes, byte for byte, in every protocol."""

import socket
import threading

import httpx
import pytest

from portal.accounts.models import User
from portal.catalogue.models import ProviderEndpoint
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, wire
from tests.support.offers import offer
from tests.support.provider import EVENTS, Play
from tests.support.stack import Stack

STREAMS = [*wire.PROTOCOLS, "gemini array"]


def request_of(protocol: str, model: str) -> tuple[str, dict[str, object]]:
    """Path and body of a streamed call; usage is asked for, so that nothing has to be hidden."""
    name = protocol.partition(" ")[0]
    path, body = wire.path(name, model, stream=True), wire.body(name, model, stream=True)
    if protocol == "gemini array":
        path = path.partition("?")[0]
    if protocol == "openai_chat":
        body["stream_options"] = {"include_usage": True}
    return path, body


def recorded(protocol: str, *, usage: bool = True) -> bytes:
    """A stream as the sandbox sends it."""
    name = protocol.partition(" ")[0]
    path, body = request_of(protocol, "recorded~chunks-20~thinking-20")
    if not usage:
        body.pop("stream_options", None)
    base = ProviderEndpoint.objects.get(provider__name="Sandbox", protocol=name).base_url
    path = path.removeprefix("/openai").removeprefix("/anthropic").removeprefix("/gemini")
    answer = httpx.post(base + path, json=body, headers=wire.headers(name, "any"))
    assert answer.status_code == 200
    return answer.content


def relayed(stack: Stack, key: str, protocol: str, play: Play) -> bytes:
    with provider.playing(play) as played:
        name = protocol.partition(" ")[0]
        model = provider.offer_over(provider.provider_at(played.url), protocol=name)
        path, body = request_of(protocol, model)
        answer = httpx.post(
            stack.base_url + path, json=body, headers=wire.headers(name, key), timeout=wire.PATIENCE
        )
    assert answer.status_code == 200
    return answer.content


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def test_it_works(stack: Stack, key: str) -> None:
    said = recorded("anthropic")
    assert relayed(stack, key, "anthropic", provider.chunked(said)) == said


@pytest.mark.parametrize("protocol", STREAMS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_the_bytes_are_the_providers(stack: Stack, key: str, protocol: str, size: int) -> None:
    said = recorded(protocol)
    assert relayed(stack, key, protocol, provider.chunked(*in_pieces(said, size))) == said


def test_only_the_usage_that_nobody_asked_for_is_hidden(stack: Stack, key: str) -> None:
    said, asked = recorded("openai_chat", usage=False), recorded("openai_chat")
    with provider.playing(provider.chunked(*in_pieces(asked, 50))) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_chat")
        answer = wire.post(stack, key, "openai_chat", model, stream=True)
    assert b"prompt_tokens" not in answer.content
    assert len(answer.content.split(b"\n\n")) == len(said.split(b"\n\n"))


@pytest.mark.parametrize("protocol", STREAMS)
def test_what_was_sent_arrives_before_the_rest_is_made(stack: Stack, key: str, protocol: str) -> None:
    """The provider goes on only once the client has what came before."""
    said = recorded(protocol)
    parts = in_pieces(said, len(said) // 2 + 1)
    arrived = threading.Event()

    def play(to: socket.socket) -> None:
        to.sendall(provider.head(200, EVENTS, (b"transfer-encoding", b"chunked")) + provider.chunk(parts[0]))
        assert arrived.wait(wire.PATIENCE)
        to.sendall(provider.chunk(parts[1]) + b"0\r\n\r\n")

    with provider.playing(play) as played:
        name = protocol.partition(" ")[0]
        model = provider.offer_over(provider.provider_at(played.url), protocol=name)
        path, body = request_of(protocol, model)
        headers = wire.headers(name, key)
        with httpx.stream("POST", stack.base_url + path, json=body, headers=headers, timeout=30) as answer:
            seen = b""
            for data in answer.iter_raw():
                seen += data
                if len(seen) >= len(parts[0]):
                    arrived.set()
    assert seen == said


def test_a_stream_says_that_it_must_not_be_kept(stack: Stack, key: str) -> None:
    answer = wire.post(stack, key, "anthropic", offer("anthropic"), stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_an_answer_that_is_not_streamed(stack: Stack, key: str, protocol: str) -> None:
    said = b'{ "id": "odd",\n  "choices": [], "content": [], "output": [], "candidates": [] }\n'
    with provider.playing(provider.whole(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol=protocol)
        assert wire.post(stack, key, protocol, model).content == said


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_a_stream_is_billed_as_the_same_call_unstreamed(
    stack: Stack, acme: Organization, alice: User, protocol: str
) -> None:
    model = offer(protocol)
    charged = []
    for stream in (False, True):
        issued = cast.issue(acme, alice)
        wire.post(stack, issued.secret, protocol, model, stream=stream)
        charged.append(bills.of(issued.key).charged)
    assert charged[0] == charged[1] > 0
