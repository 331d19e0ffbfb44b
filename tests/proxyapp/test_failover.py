"""A provider that cannot serve now is passed over unseen; what it says about us never reaches the client."""

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, provider, wire
from tests.support.offers import offer
from tests.support.stack import Stack

BUSY = [408, 409, 425, 429, 500, 502, 503, 504, 520, 529]
OURS_TO_MEND = [401, 402, 403]


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def test_it_works(stack: Stack, issued: Issued) -> None:
    """Nobody listens at the first provider."""
    first, second = provider.provider_at(provider.nobody()), provider.sandbox()
    model = provider.offer_over(first, second, protocol="anthropic")
    answer = wire.post(stack, issued.secret, "anthropic", model)
    assert answer.status_code == 200
    assert answer.headers["x-gateway-attempts"] == "2"
    event = bills.of(issued.key)
    assert [attempt.get("error", "") for attempt in event.attempts] == ["connect", ""]
    assert [attempt["provider_id"] for attempt in event.attempts] == [first.pk, second.pk]
    assert event.provider_id == second.pk


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True])
def test_in_every_protocol(stack: Stack, issued: Issued, protocol: str, stream: bool) -> None:
    model = offer(protocol, script="~status-503~times-1")
    answer = wire.post(stack, issued.secret, protocol, model, stream=stream)
    assert answer.status_code == 200
    assert answer.headers["x-gateway-attempts"] == "2"


@pytest.mark.parametrize("status", BUSY + OURS_TO_MEND)
def test_a_provider_that_fails_once_is_asked_again(stack: Stack, issued: Issued, status: int) -> None:
    model = offer("anthropic", script=f"~status-{status}~times-1")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    event = bills.of(issued.key)
    assert [attempt["status"] for attempt in event.attempts] == [status, 200]


def test_the_hold_covers_the_answer_however_many_tries(stack: Stack, issued: Issued) -> None:
    model = offer("anthropic", script="~status-500~times-1")
    wire.post(stack, issued.secret, "anthropic", model)
    event = bills.of(issued.key)
    assert 0 < event.charged == event.amount < event.held


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["cut-0", "errorat-0"])
def test_an_answer_that_breaks_before_its_first_output(
    stack: Stack, issued: Issued, fault: str, stream: bool
) -> None:
    model = offer("anthropic", script=f"~{fault}~times-1")
    answer = wire.post(stack, issued.secret, "anthropic", model, stream=stream)
    assert answer.status_code == 200
    assert "api_error" not in answer.text
    assert answer.headers["x-gateway-attempts"] == "2"


def test_a_stream_that_ends_before_it_began(stack: Stack, issued: Issued) -> None:
    opening = (
        b'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1}}}\n\n'
    )
    with provider.playing(provider.chunked(opening)) as played:
        first = provider.provider_at(played.url)
        model = provider.offer_over(first, provider.sandbox(), protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model, stream=True)
    assert answer.text.count("message_start") == 2  # the event and its type: of one answer, not of two
    assert bills.of(issued.key).attempts[0]["error"] == "empty_stream"


def test_an_answer_that_is_no_answer(stack: Stack, issued: Issued) -> None:
    with provider.playing(provider.whole(b"<html>Welcome</html>")) as played:
        first = provider.provider_at(played.url)
        model = provider.offer_over(first, provider.sandbox(), protocol="anthropic")
        assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    assert bills.of(issued.key).attempts[0]["error"] == "error_in_answer"


FAILED = (
    b'{"id":"r","object":"response","status":"failed","output":[],"error":{"code":"server_error"},'
    b'"usage":{"input_tokens":900,"output_tokens":9}}'
)


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_pays_for_an_answer_that_failed(stack: Stack, issued: Issued, stream: bool) -> None:
    """Though it says what it has used."""
    event = b'data: {"type":"response.failed","response":' + FAILED + b"}\n\n"
    with provider.playing(provider.chunked(event) if stream else provider.whole(FAILED)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="openai_responses")
        answer = wire.post(stack, issued.secret, "openai_responses", model, stream=stream)
    assert (answer.status_code, "nothing was charged" in answer.text) == (502, True)
    assert bills.of(issued.key).charged == 0


def test_when_all_fail_the_last_failure_is_told(stack: Stack, issued: Issued) -> None:
    first, second = provider.provider_at(provider.nobody()), provider.sandbox()
    model = provider.offer_over(first, second, protocol="anthropic", script="~status-503~retryafter-9")
    answer = wire.post(stack, issued.secret, "anthropic", model)
    assert answer.status_code == 529
    assert answer.headers["retry-after"] == "9"
    event = bills.of(issued.key)
    assert (event.outcome, event.charged, len(event.attempts)) == ("upstream_failed", 0, 2)


def test_three_targets_at_most_are_tried(stack: Stack, issued: Issued) -> None:
    dead = [provider.provider_at(provider.nobody()) for _ in range(4)]
    model = provider.offer_over(*dead, protocol="anthropic")
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 502
    assert len(bills.of(issued.key).attempts) == 3


def test_an_error_in_place_of_an_answer_is_not_charged(stack: Stack, issued: Issued) -> None:
    failure = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    with provider.playing(provider.whole(failure)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol="anthropic")
        assert wire.post(stack, issued.secret, "anthropic", model).status_code == 502
    event = bills.of(issued.key)
    assert (event.outcome, event.charged) == ("upstream_failed", 0)


def test_an_address_of_ours_is_never_dialled(stack: Stack, issued: Issued) -> None:
    with provider.playing(provider.whole(b"{}")) as played:
        forbidden = provider.provider_at(played.url, allow_private=False)
        model = provider.offer_over(forbidden, protocol="anthropic")
        answer = wire.post(stack, issued.secret, "anthropic", model)
        assert answer.status_code == 502
        assert played.received == []
    assert played.url.removeprefix("http://") not in answer.text
    assert bills.of(issued.key).attempts[0]["error"] == "address_forbidden"


def test_a_credential_that_does_not_open_is_passed_over(stack: Stack, issued: Issued) -> None:
    broken = provider.provider_at(provider.nobody())
    model = provider.offer_over(broken, provider.sandbox(), protocol="anthropic")
    provider.break_credential(broken)
    assert wire.post(stack, issued.secret, "anthropic", model).status_code == 200
    assert len(bills.of(issued.key).attempts) == 1


def test_no_usable_credential_is_no_fault_of_the_client(stack: Stack, issued: Issued) -> None:
    broken = provider.provider_at(provider.nobody())
    model = provider.offer_over(broken, protocol="anthropic")
    provider.break_credential(broken)
    answer = wire.post(stack, issued.secret, "anthropic", model)
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "no_credential"


def test_a_target_that_has_just_failed_is_tried_last(stack: Stack, issued: Issued) -> None:
    broken = provider.provider_at(provider.nobody())
    model = provider.offer_over(broken, provider.sandbox(), protocol="anthropic")
    secret = issued.secret
    with httpx.Client(base_url=stack.base_url, headers=wire.headers("anthropic", secret)) as one_worker:
        tried = [
            one_worker.post("/v1/messages", json=wire.body("anthropic", model)).headers.get(
                "x-gateway-attempts"
            )
            for _ in range(3)
        ]
    assert tried == ["2", None, None]
