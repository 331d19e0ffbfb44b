"""A silent stream is filled with what its protocol bears, and with nothing that counts."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.proxyapp.test_streaming import STREAMS, recorded, request_of
from tests.support import bills, cast, provider, wire, worker
from tests.support.provider import EVENTS, Play
from tests.support.stack import Stack

FILLERS = {
    "anthropic": b'event: ping\ndata: {"type": "ping"}\n\n',
    "openai_chat": b": keep-alive\n\n",
    "openai_responses": b'event: keepalive\ndata: {"type":"keepalive"}\n\n',
    "gemini": b"\r\n",
    "gemini array": b"\r\n",
}
FIRST_FILLERS = FILLERS | {"openai_responses": b": keep-alive\n\n"}
ENDS = {
    "anthropic": b"event: error",
    "openai_chat": b'"finish_reason":"error"',
    "openai_responses": b"event: response.failed",
    "gemini": b'"status":"UNAVAILABLE"',
    "gemini array": b'"status":"UNAVAILABLE"',
}
CHUNKED = provider.head(200, EVENTS, (b"transfer-encoding", b"chunked"))
LONG = 1.2  # seconds: many times the span after which the impatient worker fills


@pytest.fixture(scope="module")
def impatient(stack: Stack) -> Iterator[Stack]:
    with worker.running(stack, TOLLGATE_FILLER_SECONDS=0.2) as started:
        yield started.stack


@contextmanager
def calling(gateway: Stack, key: str, protocol: str, *plays: Play) -> Iterator[httpx.Response]:
    """A streamed call of a model whose providers play these, each asked once."""
    name = protocol.partition(" ")[0]
    with provider.playing(*plays) as played:
        providers = [provider.provider_at(played.url) for _ in plays]
        path, body = request_of(protocol, provider.offer_over(*providers, protocol=name))
        headers = wire.headers(name, key)
        with httpx.stream("POST", gateway.base_url + path, json=body, headers=headers, timeout=30) as answer:
            yield answer


def waiting_for(heard: threading.Event, *parts: bytes) -> Play:
    """Sends the parts but the last, and that one once something was heard."""

    def play(to: socket.socket) -> None:
        if parts[:-1]:
            to.sendall(CHUNKED + provider.chunk(b"".join(parts[:-1])))
        assert heard.wait(wire.PATIENCE)
        to.sendall((b"" if parts[:-1] else CHUNKED) + provider.chunk(parts[-1]) + b"0\r\n\r\n")

    return play


def read_on(answer: httpx.Response, filler: bytes, before: int, heard: threading.Event) -> bytes:
    """All of the stream; `heard` is set once a filler has come behind `before` bytes."""
    seen = b""
    for data in answer.iter_raw():
        seen += data
        if filler in seen[before:]:
            heard.set()
    return seen


def test_it_works(impatient: Stack, key: str) -> None:
    said, heard = recorded("openai_chat"), threading.Event()
    with calling(impatient, key, "openai_chat", waiting_for(heard, said)) as answer:
        seen = read_on(answer, FILLERS["openai_chat"], 0, heard)
    assert seen.replace(FILLERS["openai_chat"], b"") == said


@pytest.mark.parametrize("protocol", STREAMS)
def test_silence_before_the_first_output(impatient: Stack, key: str, protocol: str) -> None:
    said, heard, filler = recorded(protocol), threading.Event(), FIRST_FILLERS[protocol]
    with calling(impatient, key, protocol, waiting_for(heard, said)) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(
            "application/json" if protocol == "gemini array" else "text/event-stream"
        )
        seen = read_on(answer, filler, 0, heard)
    assert seen.startswith(filler)
    assert seen.endswith(said)
    assert not seen.removesuffix(said).replace(filler, b"")


@pytest.mark.parametrize("protocol", STREAMS)
def test_silence_between_two_events(impatient: Stack, key: str, protocol: str) -> None:
    said = recorded(protocol)
    half = behind_an_event(said, protocol)
    heard, filler = threading.Event(), FILLERS[protocol]
    with calling(impatient, key, protocol, waiting_for(heard, said[:half], said[half:])) as answer:
        seen = read_on(answer, filler, half, heard)
    assert seen.startswith(said[:half] + filler)
    assert seen.endswith(said[half:])


def behind_an_event(said: bytes, protocol: str) -> int:
    """Where an event ends, somewhere behind the first output."""
    middle = len(said) * 2 // 3
    if protocol == "gemini array":
        return said.rindex(b'{"candidates"', 0, middle)
    blank = b"\r\n\r\n" if protocol == "gemini" else b"\n\n"
    return said.rindex(blank, 0, middle) + len(blank)


@pytest.mark.parametrize("protocol", STREAMS)
def test_nothing_is_put_into_an_event(impatient: Stack, key: str, protocol: str) -> None:
    said = recorded(protocol)
    middle = behind_an_event(said, protocol) + 12

    def play(to: socket.socket) -> None:
        to.sendall(CHUNKED + provider.chunk(said[:middle]))
        threading.Event().wait(LONG)
        to.sendall(provider.chunk(said[middle:]) + b"0\r\n\r\n")

    with calling(impatient, key, protocol, play) as answer:
        assert answer.read() == said


def test_a_stream_of_which_something_is_hidden_is_filled_at_any_time(impatient: Stack, key: str) -> None:
    said = recorded("openai_chat")
    middle = behind_an_event(said, "openai_chat") + 12
    heard = threading.Event()
    with provider.playing(waiting_for(heard, said[:middle], said[middle:])) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_chat")
        with wire.streaming(impatient, key, "openai_chat", model) as answer:
            seen = read_on(answer, FILLERS["openai_chat"], 0, heard)
    assert FILLERS["openai_chat"] in seen
    assert b"prompt_tokens" not in seen
    assert all(event.startswith((b"data: ", b": keep-alive")) for event in seen.split(b"\n\n")[:-1])


@pytest.mark.parametrize("protocol", STREAMS)
def test_another_target_is_still_tried(impatient: Stack, key: str, protocol: str) -> None:
    said, heard, filler = recorded(protocol), threading.Event(), FIRST_FILLERS[protocol]

    def fails(to: socket.socket) -> None:
        assert heard.wait(wire.PATIENCE)
        provider.whole(b"{}", status=500)(to)

    with calling(impatient, key, protocol, fails, provider.chunked(said)) as answer:
        seen = read_on(answer, filler, 0, heard)
    assert seen.endswith(said)


@pytest.mark.parametrize("protocol", STREAMS)
def test_a_failure_is_told_in_the_stream(impatient: Stack, key: str, protocol: str) -> None:
    heard, filler = threading.Event(), FIRST_FILLERS[protocol]

    def fails(to: socket.socket) -> None:
        assert heard.wait(wire.PATIENCE)
        provider.whole(b"{}", status=500)(to)

    with calling(impatient, key, protocol, fails) as answer:
        assert answer.status_code == 200
        seen = read_on(answer, filler, 0, heard)
    assert ENDS[protocol] in seen
    if protocol == "gemini array":
        assert json.loads(seen)[0]["error"]["code"] == 502


def test_the_status_of_such_a_failure_is_the_one_that_was_given(
    impatient: Stack, acme: Organization, alice: User
) -> None:
    heard, issued = threading.Event(), cast.issue(acme, alice)

    def fails(to: socket.socket) -> None:
        assert heard.wait(wire.PATIENCE)
        provider.whole(b"{}", status=500)(to)

    with calling(impatient, issued.secret, "anthropic", fails) as answer:
        read_on(answer, FILLERS["anthropic"], 0, heard)
    event = bills.of(issued.key)
    assert (event.outcome, event.status) == ("upstream_failed", 200)


def test_fillers_are_not_charged(impatient: Stack, acme: Organization, alice: User) -> None:
    said, heard, issued = recorded("anthropic"), threading.Event(), cast.issue(acme, alice)
    with calling(impatient, issued.secret, "anthropic", waiting_for(heard, said)) as answer:
        read_on(answer, FILLERS["anthropic"] * 2, 0, heard)
    other = cast.issue(acme, alice)
    with calling(impatient, other.secret, "anthropic", provider.chunked(said)) as answer:
        answer.read()
    assert bills.of(issued.key).charged == bills.of(other.key).charged > 0


def test_an_answer_that_is_no_stream_is_not_filled(impatient: Stack, key: str) -> None:
    answer = wire.post(impatient, key, "anthropic", "sandbox-claude", script="~delay-1000")
    assert answer.status_code == 200
    assert answer.content.startswith(b"{")
