"""A task can be called off as long as the provider lets go of it, and costs nothing then."""

from portal.organizations.models import Organization
from proxyapp.media.models import MediaTask
from tests.support.media import NANO, ask, ended, offer, order, result, row, settled
from tests.support.stack import Stack
from tests.support.waiting import eventually

from .test_media_money import is_even, refunds


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~render-600000"))
    eventually(lambda: row(task_id).upstream_task_id)
    answer = ask(stack, key, "async/cancel", json={"task_id": task_id})
    assert answer.status_code == 200
    assert answer.json()["task"]["status"] == "TASK_STATUS_FAILED"
    assert "cancelled" in answer.json()["task"]["reason"]
    assert row(task_id).state == "cancelled"
    assert is_even(acme)
    assert len(refunds(acme)) == 1


def test_before_the_provider_has_it(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~render-600000"))
    MediaTask.objects.using("platform").filter(pk=task_id).update(
        state="queued", upstream_task_id="", next_step_at=None
    )
    assert ask(stack, key, "async/cancel", json={"task_id": task_id}).status_code == 200
    assert is_even(acme)


def test_a_provider_that_cannot_stop(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~render-1500~stubborn"))
    eventually(lambda: row(task_id).upstream_task_id)
    answer = ask(stack, key, "async/cancel", json={"task_id": task_id})
    assert (answer.status_code, answer.json()["reason"]) == (409, "TASK_NOT_CANCELLABLE")
    ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    settled(acme)
    assert refunds(acme) == []


def test_what_is_over_stays_as_it_is(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer())
    before = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    answer = ask(stack, key, "async/cancel", json={"task_id": task_id})
    assert (answer.status_code, answer.json()["task"]) == (200, before["task"])
    assert result(stack, key, task_id)["task"] == before["task"]
    assert settled(acme)[0].event["charged"] == NANO
