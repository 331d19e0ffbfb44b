"""Point 6: a WebSocket that is not spoken here is answered by HTTP; after a 426 Codex goes on with events."""

import json

import pytest

from proxyapp.http import Message
from proxyapp.websocket.handshake import as_http
from tests.support.stack import Stack
from tests.support.worker import Worker

ASKED = (
    "host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: TKmsfDbb1vW43WEw47F3NA==\r\nauthorization: Bearer any\r\n"
    "openai-beta: responses_websockets=2026-02-06\r\n\r\n"
)


@pytest.fixture(scope="module")
def door(stack: Stack) -> Worker:
    """The stack's own workers, spoken to byte by byte."""
    host, _, port = stack.base_url.removeprefix("http://").partition(":")
    return Worker(stack, (host, int(port)), 0)


def shake(door: Worker, path: str, asked: str = ASKED) -> tuple[bytes, dict[str, dict[str, str]]]:
    """Head and body of the answer; the connection is closed behind it."""
    head, _, body = door.ask(f"GET {path} HTTP/1.1\r\n{asked}".encode()).partition(b"\r\n\r\n")
    return head.lower(), json.loads(body)


def test_it_works(door: Worker) -> None:
    """A handshake that is not understood."""
    head, body = shake(door, "/v1/responses", ASKED.replace("version: 13", "version: 8"))
    assert head.startswith(b"http/1.1 426 ")
    assert body["error"]["code"] == "websocket_not_spoken"
    assert "POST" in body["error"]["hint"]
    assert b"x-should-retry: false" in head


@pytest.mark.parametrize(
    "path", ["/openai/v1/responses", "/openai/responses", "/responses", "/v1/v1/responses"]
)
@pytest.mark.parametrize(
    "wrong",
    ["sec-websocket-key: short\r\n", "sec-websocket-version: 13\r\n", "content-length: 0\r\n"],
)
def test_every_spelling(door: Worker, path: str, wrong: str) -> None:
    """Two keys, two versions, a body."""
    head, _ = shake(door, path, wrong + ASKED)
    assert head.startswith(b"http/1.1 426 ")


def test_no_key_of_ours_is_a_401(door: Worker) -> None:
    head, body = shake(door, "/v1/responses")
    assert head.startswith(b"http/1.1 401 ")
    assert body["error"]["code"] == "placeholder_api_key"
    assert b"x-trace-id: " in head


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/chat/completions", 405), ("/v1/messages", 405), ("/v1/nowhere", 404)]
)
def test_no_other_endpoint_is_a_websocket(door: Worker, path: str, status: int) -> None:
    answer = door.ask(f"GET {path} HTTP/1.1\r\nconnection: close\r\n{ASKED}".encode())
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_neither_is_a_page(door: Worker) -> None:
    answer = door.ask(f"GET /healthz HTTP/1.1\r\nconnection: close\r\n{ASKED}".encode())
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_plain_get_is_a_wrong_method(door: Worker) -> None:
    answer = door.ask(b"GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")


async def test_a_server_that_speaks_websockets_refuses_them_too() -> None:
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    may_answer: dict[str, object] = {"websocket.http.response": {}}
    for extensions in (may_answer, None):
        scope = {"type": "websocket", "path": "/v1/responses", "extensions": extensions}
        asked, _, reply = as_http(scope, receive, send)
        assert (asked["type"], asked["method"]) == ("http", "GET")
        await reply({"type": "http.response.start", "status": 426, "headers": []})
        await reply({"type": "http.response.body", "body": b"{}", "more_body": False})
    assert [message["type"] for message in said] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
        "websocket.close",
    ]
