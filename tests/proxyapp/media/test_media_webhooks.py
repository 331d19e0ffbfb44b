"""When a task ends, whoever wants to know is told, with the body that asking for it would give."""

import json

from portal.accounts.models import User
from portal.kit.scope import organization_scope
from portal.notifications import services as webhooks
from portal.notifications.models import Event
from portal.organizations.models import Organization
from tests.support.media import ask, ended, offer, order
from tests.support.provider import playing, whole
from tests.support.stack import Stack
from tests.support.waiting import eventually


def test_it_works(stack: Stack, acme: Organization, alice: User, key: str) -> None:
    """The address that the request names, and an endpoint of the organization."""
    with playing(whole(b"")) as named, playing(whole(b"")) as endpoint:
        with organization_scope(acme.pk):
            webhooks.add(url=endpoint.url, actor=alice)
        task_id = order(stack, key, offer(), extra={"webhook": {"url": named.url}})
        found = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
        eventually(lambda: named.received and endpoint.received)
    for receiver in (named, endpoint):
        (request,) = receiver.received
        told = json.loads(request.body)
        assert told["event_type"] == "ASYNC_TASK_RESULT"
        assert told["payload"]["task"] == found["task"]
        (told_of,), (asked_for,) = told["payload"]["images"], found["images"]
        # Links are signed anew each time: what stands before time and signature says which file is meant.
        assert told_of["image_url"].rsplit(":", 2)[0] == asked_for["image_url"].rsplit(":", 2)[0]
        assert request.values(b"X-Gateway-Signature")


def test_a_failure_is_told_too(stack: Stack, acme: Organization, key: str) -> None:
    with playing(whole(b"")) as receiver:
        task_id = order(stack, key, offer("~fails"), extra={"webhook": {"url": receiver.url}})
        ended(stack, key, task_id, "TASK_STATUS_FAILED")
        eventually(lambda: receiver.received)
    assert json.loads(receiver.received[0].body)["payload"]["task"]["status"] == "TASK_STATUS_FAILED"


def test_an_order_at_once_tells_nobody(stack: Stack, acme: Organization, key: str) -> None:
    assert ask(stack, key, offer(), json={"prompt": "x"}).status_code == 200
    assert not Event.platform.filter(organization=acme).exists()
