"""A client that leaves: the provider is stopped at once, what was used is charged, and the hold is gone."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from proxyapp.sandbox.tokens import predict
from tests.support import bills, cast, purse, sandbox, wire
from tests.support.offers import offer, price
from tests.support.stack import Stack
from tests.support.waiting import eventually

PARTS = 400
ASKED = 4_000  # tokens; more than the answer has


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def tag() -> str:
    return wire.fresh_tag()


def aborted(tag: str) -> bool:
    return bool(sandbox.stats(tag)["aborted"] == 1)


def leave_after_output(stack: Stack, issued: Issued, protocol: str, model: str, tag: str) -> None:
    """Read a little of a long stream, then hang up."""
    script = f"~output-2000~chunks-{PARTS}~pace-20"
    with wire.streaming(
        stack, issued.secret, protocol, model, ceiling=ASKED, script=script, tag=tag
    ) as answer:
        seen = b""
        for data in answer.iter_raw():
            seen += data
            if seen.count(b"quick") > 3:
                break


@contextmanager
def sending(stack: Stack, issued: Issued, model: str, script: str, tag: str) -> Iterator[None]:
    """Send a call; hang up at the end of the block, with nothing read."""
    address = urlsplit(stack.base_url)
    body = json.dumps(wire.body("anthropic", model, stream=True)).encode()
    headers = wire.headers("anthropic", issued.secret, script=script, tag=tag)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += ["host: x", f"content-length: {len(body)}"]
    with socket.create_connection((address.hostname, address.port or 80)) as connection:
        connection.sendall("\r\n".join(["POST /v1/messages HTTP/1.1", *lines, "", ""]).encode() + body)
        yield


def hang_up_unanswered(stack: Stack, issued: Issued, model: str, script: str, tag: str) -> None:
    """Wait until the provider has the call, and leave before anything comes back."""
    with sending(stack, issued, model, script, tag):
        eventually(lambda: sandbox.stats(tag)["open"] == 1)


def test_it_works(stack: Stack, issued: Issued, tag: str) -> None:
    leave_after_output(stack, issued, "anthropic", offer("anthropic"), tag)
    eventually(lambda: aborted(tag), seconds=1)
    event = bills.of(issued.key)
    assert (event.outcome, event.status, event.source) == ("client_left", 499, "estimated")


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_what_had_come_is_charged_and_no_more(stack: Stack, issued: Issued, protocol: str, tag: str) -> None:
    model = offer(protocol)
    leave_after_output(stack, issued, protocol, model, tag)
    event = bills.of(issued.key)
    whole = predict(protocol, sandbox.last(tag).body, f"{model}~output-2000")
    assert event.outcome == "client_left"
    assert event.input > 0
    assert 0 < event.output < whole.output
    assert 0 < event.charged < price(whole)


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_the_hold_is_gone(stack: Stack, issued: Issued, protocol: str, tag: str) -> None:
    leave_after_output(stack, issued, protocol, offer(protocol), tag)
    eventually(lambda: aborted(tag), seconds=1)
    eventually(lambda: purse.is_free(issued.key), seconds=1)


def test_leaving_before_the_answer_begins(stack: Stack, issued: Issued, tag: str) -> None:
    hang_up_unanswered(stack, issued, offer("anthropic"), "~hang-0", tag)
    eventually(lambda: aborted(tag), seconds=1)
    eventually(lambda: purse.is_free(issued.key), seconds=1)
    event = bills.of(issued.key)
    assert (event.outcome, event.output, event.source) == ("client_left", 0, "estimated")
    assert [attempt["status"] for attempt in event.attempts] == []


def test_leaving_while_an_answer_is_held_back(stack: Stack, issued: Issued, tag: str) -> None:
    """The provider has begun, but has said nothing yet that the client was given."""
    hang_up_unanswered(stack, issued, offer("anthropic"), "~pace-700", tag)
    eventually(lambda: aborted(tag), seconds=2)
    eventually(lambda: purse.is_free(issued.key), seconds=1)


def test_hanging_up_after_the_end_is_no_leaving(stack: Stack, issued: Issued, tag: str) -> None:
    model = offer("anthropic")
    with wire.streaming(stack, issued.secret, "anthropic", model, tag=tag) as answer:
        seen = b""
        for data in answer.iter_raw():
            seen += data
            if b"message_stop" in seen:
                break
    event = bills.assert_exact(issued.key, "anthropic", model, tag)
    assert event.outcome == "completed"
