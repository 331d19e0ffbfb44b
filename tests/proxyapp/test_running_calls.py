"""A call that runs, or is about to, ends when its key may no longer call."""

import json
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.keys import services as keys
from portal.keys.services import Issued
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from tests.support import bills, cast, purse, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.waiting import eventually

ENDLESS = "~output-2000~chunks-1000~pace-50"


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


def rest_after(answer: httpx.Response, doing: Callable[[], None]) -> str:
    """What still comes once the first output is there and `doing` is done."""
    parts = answer.iter_text()
    seen = ""
    while "quick" not in seen:
        seen += next(parts)
    doing()
    return "".join(parts)


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, issued: Issued, alice: User, protocol: str) -> None:
    """The stream of a revoked key ends with the protocol's own error."""
    model = offer(protocol)
    with wire.streaming(stack, issued.secret, protocol, model, ceiling=4000, script=ENDLESS) as answer:
        rest = rest_after(answer, lambda: cast.revoke(issued.key, alice))
    assert "revoked" in rest
    assert "API_KEY_REVOKED" in rest.upper()
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("interrupted", "api_key_revoked")
    assert event.charged > 0


def test_a_disabled_key_ends_its_streams(
    stack: Stack, issued: Issued, acme: Organization, alice: User
) -> None:
    def disable() -> None:
        with organization_scope(acme.pk):
            keys.disable(key=issued.key, actor=alice)

    model = offer("anthropic")
    with wire.streaming(stack, issued.secret, "anthropic", model, ceiling=4000, script=ENDLESS) as answer:
        assert "disabled" in rest_after(answer, disable)


def test_a_key_that_expires_ends_its_streams(stack: Stack, acme: Organization, alice: User) -> None:
    soon = cast.issue(acme, alice, expires_at=timezone.now() + timedelta(seconds=1))
    model = offer("anthropic")
    with wire.streaming(stack, soon.secret, "anthropic", model, ceiling=4000, script=ENDLESS) as answer:
        assert "expired" in rest_after(answer, lambda: None)


def test_another_key_of_the_same_owner_goes_on(
    stack: Stack, issued: Issued, acme: Organization, alice: User
) -> None:
    other, model = cast.issue(acme, alice), offer("anthropic")
    script = "~output-200~chunks-20~pace-50"
    with wire.streaming(stack, issued.secret, "anthropic", model, ceiling=4000, script=script) as answer:
        assert "message_stop" in rest_after(answer, lambda: cast.revoke(other.key, alice))


def test_a_key_that_was_only_renamed_goes_on(
    stack: Stack, issued: Issued, acme: Organization, alice: User
) -> None:
    def rename() -> None:
        with organization_scope(acme.pk):
            keys.rename(key=issued.key, name="Other", actor=alice)

    model, script = offer("anthropic"), "~output-200~chunks-20~pace-50"
    with wire.streaming(stack, issued.secret, "anthropic", model, ceiling=4000, script=script) as answer:
        assert "message_stop" in rest_after(answer, rename)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_without_an_answer_yet_is_refused(
    stack: Stack, issued: Issued, alice: User, stream: bool
) -> None:
    tag, model = wire.fresh_tag(), offer("anthropic")
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(
            wire.post(stack, issued.secret, "anthropic", model, stream=stream, script="~hang-0", tag=tag)
        )

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: sandbox.stats(tag)["open"] == 1)
    cast.revoke(issued.key, alice)
    asking.join()
    assert answers[0].status_code == 401
    assert answers[0].json()["error"]["code"] == "api_key_revoked"
    eventually(lambda: sandbox.stats(tag)["aborted"] == 1, seconds=1)
    assert purse.is_free(issued.key)


def test_a_key_revoked_while_its_request_is_still_arriving(stack: Stack, issued: Issued, alice: User) -> None:
    tag, address = wire.fresh_tag(), urlsplit(stack.base_url)
    body = json.dumps(wire.body("anthropic", offer("anthropic"))).encode()
    headers = wire.headers("anthropic", issued.secret, tag=tag) | {
        "host": "x",
        "expect": "100-continue",  # answered once the key was found good and the body is being waited for
        "content-length": str(len(body)),
        "connection": "close",
    }
    lines = [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((address.hostname, address.port or 80), wire.PATIENCE) as connection:
        connection.sendall("\r\n".join(["POST /v1/messages HTTP/1.1", *lines, "", ""]).encode())
        assert b"100 Continue" in connection.recv(1000)
        cast.revoke(issued.key, alice)
        connection.sendall(body)
        answer = connection.makefile("rb").read()
    assert b" 401 " in answer.partition(b"\r\n")[0]
    assert b"api_key_revoked" in answer
    assert sandbox.stats(tag)["requests"] == 0
