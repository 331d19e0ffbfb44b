"""What is refused on a WebSocket is refused in words, and costs nothing; the conversation goes on."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.proxyapp.clients.agents import CODEX
from tests.support import cast, purse
from tests.support.offers import offer, per_call
from tests.support.socket import connected
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.worker import MEBIBYTE

PRICE = 1_000_003


def unanswered(issued: Issued) -> bool:
    return purse.is_free(issued.key) and not UsageEvent.platform.filter(key=issued.key).exists()


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        (b"\x00\x01", "unknown_message", None),
        ("", "invalid_json", None),
        ("{", "invalid_json", None),
        ("[1]", "invalid_json", None),
        ('{"type":"response.create"}', "invalid_request", "model"),
        ('{"type":"response.create","model":"m","model":"n"}', "invalid_request", "model"),
        ('{"type":"response.create","model":"m","input":7}', "invalid_request", "input"),
        ('{"type":"response.create","model":"m","stream":false}', "invalid_request", "stream"),
        ('{"type":"response.create","model":"m","stream_id":"a"}', "invalid_request", "stream_id"),
        ('{"type":"response.steer","input":"left"}', "unknown_message", "type"),
        ('{"model":"m"}', "unknown_message", "type"),
    ],
)
def test_it_works(stack: Stack, issued: Issued, message: str | bytes, code: str, param: str | None) -> None:
    with connected(stack, issued.secret) as socket:
        socket.send(message)
        refused = socket.event()
        assert (refused["type"], refused["status"]) == ("error", 400)
        assert (refused["error"]["code"], refused["error"]["param"]) == (code, param)
        assert refused["headers"]["x-should-retry"] == "false"
        assert refused["headers"]["x-trace-id"] == refused["error"]["trace_id"]
        assert unanswered(issued)
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"


def test_a_call_that_is_refused_says_what_its_answer_would_have_said(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        refused = socket.ask("no-such-model")
    assert (refused["type"], refused["status"]) == ("error", 404)
    assert "no-such-model" in refused["error"]["message"]
    assert refused["headers"]["x-trace-id"] == refused["error"]["trace_id"]


def test_codex_is_told_the_status_that_keeps_it_calm(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret, originator=CODEX) as socket:
        assert socket.ask("no-such-model")["status"] == 400


def test_what_is_only_said_is_not_answered(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        socket.send('{"type":"response.processed","response_id":"resp_1"}')
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"


def test_a_spent_budget(stack: Stack, acme: Organization, alice: User) -> None:
    model = offer("openai_responses", rates=per_call(PRICE))
    issued = cast.issue(acme, alice, budget_total=PRICE * 2)
    with connected(stack, issued.secret) as socket:
        ends = [socket.ask(model) for _ in range(3)]
    assert [end["type"] for end in ends] == ["response.completed"] * 2 + ["error"]
    assert (ends[-1]["status"], ends[-1]["error"]["code"]) == (429, "insufficient_quota")
    assert "retry-after" not in ends[-1]["headers"]
    assert purse.counters(issued.key)["used"] == PRICE * 2


def test_a_limit_of_requests(stack: Stack, acme: Organization, alice: User) -> None:
    model, key = offer("openai_responses"), cast.key(acme, alice, rpm=1)
    with connected(stack, key) as socket:
        assert socket.ask(model)["type"] == "response.completed"
        refused = socket.ask(model)
    assert refused["status"] == 429
    assert int(refused["headers"]["retry-after"]) > 0


def test_too_many_messages_at_once(stack: Stack, issued: Issued) -> None:
    model = offer("openai_responses", script="~hang-0")
    with connected(stack, issued.secret) as socket:
        for _ in range(10):
            socket.say(model)
        refused = socket.event()
        assert (refused["status"], refused["error"]["code"]) == (429, "too_many_messages")


@pytest.mark.parametrize("deflate", [False, True])
def test_a_message_that_is_too_large(stack: Stack, issued: Issued, deflate: bool) -> None:
    with connected(stack, issued.secret, deflate=deflate) as socket:
        socket.say("any", "x" * (33 * MEBIBYTE))
        refused = socket.event()
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(30)
    assert (refused["status"], refused["error"]["code"]) == (413, "request_too_large")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert unanswered(issued)


def test_a_large_message_that_is_not_too_large(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        refused = socket.ask("no-such-model", "x" * (30 * MEBIBYTE))
        assert refused["status"] == 404
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"


def test_a_wrong_key_is_refused_before_the_handshake(stack: Stack, issued: Issued) -> None:
    with pytest.raises(InvalidStatus) as refused, connected(stack, issued.secret[:-1] + "!"):
        pass
    answer = refused.value.response
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.body)["error"]["trace_id"] == answer.headers["x-trace-id"]


def test_codex_is_sent_to_ask_by_post_and_told_there(stack: Stack, issued: Issued) -> None:
    """It tries any other refusal seven times."""
    wrong = issued.secret[:-1] + "!"
    with pytest.raises(InvalidStatus) as refused, connected(stack, wrong, originator="codex_exec"):
        pass
    answer = refused.value.response
    assert answer.status_code == 426
    assert json.loads(answer.body)["error"]["code"] == "mistyped_api_key"


def test_a_revoked_key_is_refused(stack: Stack, issued: Issued, alice: User) -> None:
    cast.revoke(issued.key, alice)

    def status() -> int:
        with pytest.raises(InvalidStatus) as refused, connected(stack, issued.secret):
            pass
        return refused.value.response.status_code

    eventually(lambda: status() == 401)


def test_the_handshake_tells_its_trace(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret, "/responses") as socket:
        answer = socket.connection.response
    assert answer is not None
    assert len(answer.headers["x-trace-id"]) == 32
    assert answer.headers["x-gateway-path-normalized"] == "/v1/responses"
