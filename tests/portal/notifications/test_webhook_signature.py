"""A receiver can tell that a webhook came from here, by what the README tells it to do."""

import hashlib
import hmac
import json
import re

from portal.accounts.models import User
from portal.kit.scope import organization_scope
from portal.notifications import services as webhooks
from portal.notifications.signing import signature
from portal.organizations.models import Organization
from tests.portal.pages.po import CHECKOUT
from tests.support.provider import Played, playing, whole
from tests.support.waiting import eventually

from .told import TYPE, add, emit


def documented() -> dict[str, object]:
    """The snippet of the README, as a receiver would copy it."""
    text = (CHECKOUT / "portal/README.md").read_text()
    found = re.search(r"```python\n(import hashlib.*?)```", text, re.S)
    assert found
    names: dict[str, object] = {}
    exec(found[1], names)  # noqa: S102 - our own words
    return names


def verified(secret: str, header: str, body: bytes, now: float) -> bool:
    check = documented()["came_from_tollgate"]
    assert callable(check)
    return bool(check(secret, header, body, now))


def received(receiver: Played) -> tuple[dict[str, str], bytes]:
    request = eventually(lambda: receiver.received)[0]
    return {name.decode().lower(): value.decode() for name, value in request.headers}, request.body


def test_it_works(alice: User, acme: Organization) -> None:
    with playing(whole(b"", status=204)) as receiver:
        secret = add(acme, alice, receiver.url + "/hooks").secret
        event_id = emit(acme, task={"task_id": "7"})
        headers, body = received(receiver)
    assert receiver.received[0].line == b"POST /hooks HTTP/1.1"
    told = json.loads(body)
    assert told | {"created_at": 0} == {
        "id": event_id,
        "event_type": TYPE,
        "created_at": 0,
        "payload": {"task": {"task_id": "7"}},
    }
    assert headers["x-gateway-event-id"] == event_id
    assert headers["x-gateway-delivery-attempt"] == "1"
    assert headers["content-type"] == "application/json"
    assert verified(secret, headers["x-gateway-signature"], body, told["created_at"] + 5)


def test_it_is_the_hmac_of_time_and_body() -> None:
    mac = hmac.new(b"whsec_x", b'17.{"a":1}', hashlib.sha256).hexdigest()
    assert signature(b'{"a":1}', ["whsec_x"], 17) == f"t=17,v1={mac}"


def test_another_body_is_noticed() -> None:
    assert not verified("s", signature(b"one", ["s"], 100), b"two", 100)


def test_another_secret_is_noticed() -> None:
    assert not verified("s", signature(b"one", ["other"], 100), b"one", 100)


def test_what_is_old_is_noticed() -> None:
    assert verified("s", signature(b"one", ["s"], 100), b"one", 399)
    assert not verified("s", signature(b"one", ["s"], 100), b"one", 401)


def test_while_a_secret_is_rotated_both_sign(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        issued = add(acme, alice, receiver.url)
        with organization_scope(acme.pk):
            rotated = webhooks.rotate(endpoint=issued.endpoint, actor=alice)
        emit(acme)
        headers, body = received(receiver)
    header, now = headers["x-gateway-signature"], json.loads(body)["created_at"]
    assert rotated.secret != issued.secret
    assert header.count("v1=") == 2
    assert verified(issued.secret, header, body, now)
    assert verified(rotated.secret, header, body, now)


def test_a_secret_that_was_ended_signs_no_more(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        issued = add(acme, alice, receiver.url)
        with organization_scope(acme.pk):
            webhooks.rotate(endpoint=issued.endpoint, actor=alice)
            webhooks.forget_former(endpoint=issued.endpoint, actor=alice)
        emit(acme)
        headers, body = received(receiver)
    assert not verified(issued.secret, headers["x-gateway-signature"], body, json.loads(body)["created_at"])


def test_the_secret_is_stored_sealed(alice: User, acme: Organization) -> None:
    issued = add(acme, alice, "https://example.com")
    assert issued.secret not in str(vars(issued.endpoint))
    assert webhooks.opened(issued.endpoint) == [issued.secret]
