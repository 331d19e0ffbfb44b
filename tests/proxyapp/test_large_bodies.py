"""A body of 32 MB is taken, and not one byte more, however its length is told."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.http import ClientGone, Message, Request
from proxyapp.room import Room
from tests.support import sandbox, wire
from tests.support.offers import offer, per_call
from tests.support.stack import Stack

MEBIBYTE = 1024 * 1024
LIMIT = 32 * MEBIBYTE
LEASE = Room(2 * LIMIT).lease(1)


@pytest.fixture
def model(stack: Stack) -> str:
    return offer("anthropic", rates=per_call(1000))


def body_of(size: int, model: str) -> bytes:
    """A call of exactly so many bytes."""
    empty = json.dumps(wire.body("anthropic", model, "")).encode()
    return empty.replace(b'"content": ""', b'"content": "%b"' % (b"x" * (size - len(empty))))


def in_pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), MEBIBYTE):
        yield data[start : start + MEBIBYTE]


def send(stack: Stack, key: str, content: bytes | Iterator[bytes], tag: str = "") -> httpx.Response:
    return httpx.post(
        stack.base_url + wire.path("anthropic", ""),
        content=content,
        headers=wire.headers("anthropic", key, tag=tag),
        timeout=60,
    )


def test_it_works(stack: Stack, key: str, model: str) -> None:
    sent, tag = body_of(LIMIT, model), wire.fresh_tag()
    assert send(stack, key, sent, tag=tag).status_code == 200
    assert sandbox.last(tag).body == sent


def test_the_same_in_chunks_of_unknown_number(stack: Stack, key: str, model: str) -> None:
    assert send(stack, key, in_pieces(body_of(LIMIT, model))).status_code == 200


def test_one_byte_more_is_refused_by_its_announced_length(stack: Stack, key: str, model: str) -> None:
    answer = send(stack, key, body_of(LIMIT + 1, model))
    assert answer.status_code == 413
    assert answer.json()["error"]["type"] == "request_too_large"
    assert "32 MB" in answer.json()["error"]["message"]


def test_one_byte_more_is_refused_where_no_length_is_announced(stack: Stack, key: str, model: str) -> None:
    assert send(stack, key, in_pieces(body_of(LIMIT + 1, model))).status_code == 413


def test_a_body_without_end_is_refused_while_it_comes(stack: Stack, key: str) -> None:
    answer = send(stack, key, (b" " * MEBIBYTE for _ in range(40)))
    assert answer.status_code == 413


def test_the_connection_can_be_used_after_a_refusal(stack: Stack, key: str, model: str) -> None:
    headers = wire.headers("anthropic", key)
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=30) as http:
        assert http.post("/v1/messages", content=in_pieces(body_of(LIMIT + 1, model))).status_code == 413
        assert http.post("/v1/messages", json=wire.body("anthropic", model)).status_code == 200


def test_a_wrong_key_is_refused_before_its_body_is_read(stack: Stack, model: str) -> None:
    assert send(stack, "sk-foreign", in_pieces(body_of(4 * MEBIBYTE, model))).status_code == 401


async def test_a_body_that_never_arrives_is_given_up() -> None:
    async def silence() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"method": "POST", "path": "/", "headers": []}, silence)
    with pytest.raises(InvalidRequest) as refused:
        await request.body(LIMIT, 0.01, LEASE)
    assert refused.value.problem.status == 408
    assert refused.value.problem.code == "request_timeout"


async def test_a_client_that_leaves_while_sending_is_let_go() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    with pytest.raises(ClientGone):
        await Request({"method": "POST", "path": "/", "headers": []}, receive).body(LIMIT, 1, LEASE)
