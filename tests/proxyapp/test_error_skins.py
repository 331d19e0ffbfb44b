"""An error is told in the client's own protocol, with the id to ask about and whether to try again."""

import re
from typing import Any

import httpx
import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support import cast, wire
from tests.support.offers import offer
from tests.support.stack import Stack

TRACE = re.compile("[0-9a-f]{32}")


def unknown_model(stack: Stack, key: str, protocol: str) -> httpx.Response:
    return wire.post(stack, key, protocol, "no-such-model")


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    return error


def trace_in(answer: httpx.Response) -> str:
    """The trace id where this protocol has room for it."""
    found = answer.json()
    if "trace_id" in found:
        return str(found["trace_id"])
    error = found["error"]
    return str(error["trace_id"] if "trace_id" in error else error["details"][0]["metadata"]["trace_id"])


def test_it_works(stack: Stack, key: str) -> None:
    for protocol in wire.PROTOCOLS:
        answer = unknown_model(stack, key, protocol)
        assert answer.status_code == 404
        assert "no-such-model" in error_of(answer)["message"]


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_the_trace_id_is_in_body_and_headers(stack: Stack, key: str, protocol: str) -> None:
    answer = unknown_model(stack, key, protocol)
    trace = answer.headers["x-trace-id"]
    assert TRACE.fullmatch(trace)
    assert trace_in(answer) == trace
    assert trace in error_of(answer)["message"]
    assert answer.headers["request-id"] == answer.headers["x-request-id"] == trace


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_a_good_answer_has_a_trace_id_too(stack: Stack, key: str, protocol: str) -> None:
    answer = wire.post(stack, key, protocol, offer(protocol))
    assert answer.status_code == 200
    assert TRACE.fullmatch(answer.headers["x-trace-id"])


def test_anthropic(stack: Stack, key: str) -> None:
    answer = unknown_model(stack, key, "anthropic").json()
    assert answer["type"] == "error"
    assert answer["error"]["type"] == "not_found_error"
    assert answer["request_id"]


@pytest.mark.parametrize("protocol", ["openai_chat", "openai_responses"])
def test_openai(stack: Stack, key: str, protocol: str) -> None:
    error = error_of(unknown_model(stack, key, protocol))
    assert error["code"] == "model_not_found"
    assert error["type"] == "invalid_request_error"
    assert {"message", "param"} <= set(error)


def test_gemini(stack: Stack, key: str) -> None:
    error = error_of(unknown_model(stack, key, "gemini"))
    assert (error["code"], error["status"]) == (404, "NOT_FOUND")
    assert error["details"][0]["reason"] == "MODEL_NOT_FOUND"


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_what_the_client_must_mend_is_not_to_be_repeated(stack: Stack, key: str, protocol: str) -> None:
    answer = unknown_model(stack, key, protocol)
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_a_limit_says_when_to_come_back(stack: Stack, acme: Organization, alice: User, protocol: str) -> None:
    key, model = cast.key(acme, alice, rpm=1), offer(protocol)
    assert wire.post(stack, key, protocol, model).status_code == 200
    answer = wire.post(stack, key, protocol, model)
    assert answer.status_code == 429
    assert answer.headers["x-should-retry"] == "true"
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_a_failing_provider_may_be_asked_again(stack: Stack, key: str, protocol: str) -> None:
    answer = wire.post(stack, key, protocol, offer(protocol, script="~status-500"))
    assert answer.status_code == 502
    assert answer.headers["x-should-retry"] == "true"
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_an_error_of_a_streamed_call_is_no_stream(stack: Stack, key: str, protocol: str) -> None:
    with wire.streaming(stack, key, protocol, "no-such-model") as answer:
        answer.read()
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert error_of(answer)["message"]


def test_gemini_says_the_delay_in_its_body(stack: Stack, acme: Organization, alice: User) -> None:
    key, model = cast.key(acme, alice, rpm=1), offer("gemini")
    wire.post(stack, key, "gemini", model)
    details = error_of(wire.post(stack, key, "gemini", model))["details"]
    assert any(re.fullmatch(r"\d+s", detail.get("retryDelay", "")) for detail in details)
