"""`previous_response_id`: what this connection has said before, on any route, though nobody stores it."""

import json
from typing import Any

import pytest

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import cast, sandbox, wire
from tests.support.offers import offer
from tests.support.socket import Socket, connected, said
from tests.support.stack import Stack

TOOL = {
    "type": "function",
    "name": "weather",
    "description": "It",
    "strict": False,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "enum": ["Paris"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def result(of: dict[str, Any], output: str) -> list[dict[str, str]]:
    """What a client sends back for the only call in a response."""
    (call,) = [item for item in of["output"] if item["type"] == "function_call"]
    return [{"type": "function_call_output", "call_id": call["call_id"], "output": output}]


def weather(socket: Socket, model: str) -> dict[str, Any]:
    response: dict[str, Any] = socket.ask(model, "The weather?", tools=[TOOL])["response"]
    return response


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, issued: Issued, tag: str, protocol: str) -> None:
    """A tool is called, and its result alone is sent back."""
    model = offer(protocol)
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        called = weather(socket, model)
        back = result(called, "Sunny, 21 degrees")
        end = socket.ask(model, input=back, previous_response_id=called["id"], tools=[TOOL])
    assert "Sunny, 21 degrees" in said(end)
    body = sandbox.last(tag).body
    assert b"The weather?" in body
    assert b"previous_response_id" not in body


def test_three_turns(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        first = socket.ask(model, input="In a word")["response"]["id"]
        second = socket.ask(model, "And two", previous_response_id=first)["response"]["id"]
        socket.ask(model, "And three", previous_response_id=second)
    items = json.loads(sandbox.last(tag).body)["input"]
    assert [item["role"] for item in items] == ["user", "assistant", "user", "assistant", "user"]
    assert items[0]["content"] == "In a word"


def test_a_warm_up_is_remembered_and_costs_nothing(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        socket.say(model, "Be brief.", generate=False)
        created, completed = socket.until()
        assert sandbox.stats(tag)["requests"] == 0
        assert created["type"] == "response.created"
        assert completed["response"]["id"] == created["response"]["id"]
        assert completed["response"]["output"] == []
        socket.ask(model, "Well?", previous_response_id=created["response"]["id"])
    assert b"Be brief." in sandbox.last(tag).body
    assert UsageEvent.platform.filter(key=issued.key).count() <= 1


def test_another_response_is_not_found(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        first = socket.ask(model)["response"]["id"]
        socket.ask(model, "Something else")
        refused = socket.ask(model, previous_response_id=first)
        assert socket.ask(model)["type"] == "response.completed"
    assert (refused["type"], refused["status"]) == ("error", 400)
    assert refused["error"]["code"] == "previous_response_not_found"
    assert refused["error"]["param"] == "previous_response_id"
    assert sandbox.stats(tag)["requests"] == 3


def test_other_connections_know_nothing_of_it(stack: Stack, issued: Issued) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret) as one, connected(stack, issued.secret) as other:
        first = one.ask(model)["response"]["id"]
        assert other.ask(model, previous_response_id=first)["error"]["code"] == "previous_response_not_found"


def test_a_response_that_failed_takes_nothing_away(stack: Stack, issued: Issued) -> None:
    model = offer("openai_responses")
    with connected(stack, issued.secret) as socket:
        first = socket.ask(model)["response"]["id"]
        assert socket.ask("no-such-model", previous_response_id=first)["type"] == "error"
        assert socket.ask(model, previous_response_id=first)["type"] == "response.completed"


def test_reasoning_that_nobody_stores_comes_back_encrypted_or_not_at_all(
    stack: Stack, issued: Issued, tag: str
) -> None:
    model = offer("openai_responses")
    asked: dict[str, Any] = {"reasoning": {"effort": "low", "summary": "auto"}, "max_output_tokens": 4_000}
    for include, kept in (([], 0), (["reasoning.encrypted_content"], 1)):
        with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
            first = socket.ask(model, include=include, **asked)["response"]["id"]
            socket.ask(model, previous_response_id=first, **asked)
        items = json.loads(sandbox.last(tag).body)["input"]
        found = [item for item in items if item["type"] == "reasoning" and item.get("encrypted_content")]
        assert len([item for item in items if item["type"] == "reasoning"]) == len(found) == kept


def test_a_response_that_its_provider_keeps_is_gone_on_from(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("openai_responses")
    kept = wire.post(stack, issued.secret, "openai_responses", model, "Once upon a time").json()["id"]
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        second = socket.ask(model, "And then?", previous_response_id=kept)["response"]["id"]
        socket.ask(model, "And in the end?", previous_response_id=second)
    body = json.loads(sandbox.last(tag).body)
    assert body["previous_response_id"] == kept
    assert [item["role"] for item in body["input"]] == ["user", "assistant", "user"]


def test_nobody_goes_on_from_a_strangers_response(
    stack: Stack, issued: Issued, globex: Organization, charlie: User
) -> None:
    model = offer("openai_responses")
    kept = wire.post(stack, issued.secret, "openai_responses", model).json()["id"]
    with connected(stack, cast.key(globex, charlie)) as socket:
        assert socket.ask(model, previous_response_id=kept)["error"]["code"] == "previous_response_not_found"
