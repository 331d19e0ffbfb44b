"""The money of media: charged once, given back once where nothing came of it, whoever dies in between."""

import json
import socket
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from billing.charges.services import balance
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.errors import NotReady, UpstreamFailed
from proxyapp.media import ending, postings, purse, submission, sync, work
from proxyapp.media.models import Endpoint, MediaTask, Posting, State
from proxyapp.media.submission import Order
from proxyapp.snapshot import KeyFacts
from proxyapp.store import EPOCH
from proxyapp.usage import new_call_id
from tests.support import cast
from tests.support.media import NANO, ask, ended, media_at, offer, only, order, row, settled
from tests.support.provider import nobody, playing, whole
from tests.support.purse import counters, leave, wallet
from tests.support.stack import Stack
from tests.support.waiting import eventually

WELCOME = 5_000_000_000


@pytest.fixture
def facts(acme: Organization, alice: User) -> KeyFacts:
    issued = cast.issue(acme, alice).key
    return KeyFacts(issued.pk, acme.pk, alice.pk)


def refunds(organization: Organization) -> list[UsageEvent]:
    return list(UsageEvent.platform.filter(organization=organization, kind=UsageEvent.Kind.ADJUSTMENT))


def is_even(organization: Organization) -> bool:
    """All is given back: in the ledger, in Redis, and the books agree."""
    settled(organization)
    eventually(lambda: wallet(organization)["avail"] == WELCOME, seconds=20)
    assert balance(organization.pk).available == WELCOME
    return prove() == []


def written(facts: KeyFacts, **change: Any) -> MediaTask:
    """A task as it stands between two steps of its admission; the stack's worker leaves it alone."""
    task = submission._written(facts, Order(Endpoint.ASYNC, offer(), {"n": 1}), new_call_id())
    MediaTask.objects.using("platform").filter(pk=task.pk).update(next_step_at=None, **change)
    return MediaTask.objects.using("platform").get(pk=task.pk)


def test_it_works(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    task_id = order(stack, issued.secret, offer("~fails"), n=3)
    found = ended(stack, issued.secret, task_id, "TASK_STATUS_FAILED")
    assert found["task"]["reason"] == "The sandbox was scripted to fail."
    assert is_even(acme)
    (refund,) = refunds(acme)
    assert (refund.images, refund.calls, refund.charged, refund.cost) == (-3, -1, -3 * NANO, -3 * NANO // 2)
    assert refund.adjusts == UsageEvent.platform.get(organization=acme, kind=0).call_id
    assert counters(issued.key)["used"] == 0


def test_a_hard_cap_is_hard(stack: Stack, acme: Organization, key: str) -> None:
    """Ten at once, money for four: four are accepted, and not one more."""
    model, statuses = offer(), []
    leave(acme, 4 * NANO)

    def one() -> None:
        statuses.append(ask(stack, key, f"async/{model}", json={"prompt": "x"}).status_code)

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 4 + [402] * 6
    assert wallet(acme)["avail"] == 0


def test_a_provider_that_refuses(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~status-400"))
    found = ended(stack, key, task_id, "TASK_STATUS_FAILED")
    assert found["task"]["reason"] == "The sandbox was scripted to refuse."
    assert is_even(acme)


def test_pictures_that_are_missing_are_given_back(stack: Stack, acme: Organization, key: str) -> None:
    """Four were ordered and paid for, one has come."""
    address: list[str] = []

    def one(to: socket.socket) -> None:
        images = [{"image_url": f"{address[0]}/a.png"}]
        whole(json.dumps({"task": {"status": "TASK_STATUS_SUCCEED"}, "images": images}).encode())(to)

    with playing(whole(b'{"task_id": "7"}'), one, whole(b"made")) as provider:
        address.append(provider.url)
        task_id = order(stack, key, offer(provider=media_at(provider.url)), n=4)
        found = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    assert len(found["images"]) == 1
    settled(acme)
    (refund,) = refunds(acme)
    assert (refund.images, refund.calls, refund.charged, refund.cost) == (-3, 0, -3 * NANO, -3 * NANO // 2)
    eventually(lambda: wallet(acme)["spent"] == NANO)
    assert balance(acme.pk).available == WELCOME - NANO
    assert prove() == []


def test_a_provider_that_is_away(stack: Stack, acme: Organization, key: str) -> None:
    provider = media_at(nobody())
    task_id = order(stack, key, offer(provider=provider))
    found = ended(stack, key, task_id, "TASK_STATUS_FAILED")
    assert "127.0.0.1" not in str(found)
    assert is_even(acme)


def test_a_provider_whose_address_is_private(stack: Stack, acme: Organization, key: str) -> None:
    """Unless it is allowed to, it is not called."""
    provider = media_at(nobody().replace("127.0.0.1", "localhost"), allow_private=False)
    ended(stack, key, order(stack, key, offer(provider=provider)), "TASK_STATUS_FAILED")
    assert is_even(acme)


def test_at_once_what_fails_is_given_back(stack: Stack, acme: Organization, key: str) -> None:
    answer = ask(stack, key, offer("~status-400"), json={"prompt": "x"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "UPSTREAM_REFUSED")
    answer = ask(stack, key, offer("~status-500"), json={"prompt": "x"})
    assert (answer.status_code, answer.json()["reason"]) == (502, "TASK_FAILED")
    assert is_even(acme)
    assert len(refunds(acme)) == 2


def test_past_its_deadline(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~render-600000"))
    eventually(lambda: row(task_id).upstream_task_id)
    MediaTask.objects.using("platform").filter(pk=task_id).update(deadline_at=timezone.now())
    found = ended(stack, key, task_id, "TASK_STATUS_FAILED")
    assert "given back" in found["task"]["reason"]
    assert is_even(acme)


def test_a_task_ends_once(acme: Organization, facts: KeyFacts) -> None:
    """Two who fail it at the same time: one refund."""
    task = submission.submit(facts, Order(Endpoint.ASYNC, offer("~render-600000"), {}), new_call_id())
    eventually(lambda: row(str(task.pk)).upstream_task_id)
    MediaTask.objects.using("platform").filter(pk=task.pk).update(next_step_at=None)
    done = [ending.fail(row(str(task.pk)), "one"), ending.fail(row(str(task.pk)), "two")]
    assert done == [True, False]
    assert is_even(acme)
    assert len(refunds(acme)) == 1


def test_whoever_was_overtaken_changes_nothing(acme: Organization, facts: KeyFacts) -> None:
    """A worker that was frozen, and whose task another has taken up since."""
    task = submission.submit(facts, Order(Endpoint.ASYNC, offer("~render-600000"), {}), new_call_id())
    eventually(lambda: row(str(task.pk)).upstream_task_id)
    stale = row(str(task.pk))
    MediaTask.objects.using("platform").filter(pk=task.pk).update(turn=stale.turn + 1)
    assert not ending.fail(stale, "too late")
    assert row(str(task.pk)).is_live


def test_killed_before_the_charge(acme: Organization, facts: KeyFacts) -> None:
    task = written(facts)
    assert ending.void(task)
    assert is_even(acme)
    assert len(settled(acme)) == 2


def test_killed_after_the_charge(acme: Organization, facts: KeyFacts) -> None:
    task = written(facts)
    purse.charge(facts, submission._charge_of(task))
    assert ending.void(task)
    assert is_even(acme)
    assert len(refunds(acme)) == 1


def test_an_admission_that_was_given_up_is_told_so(acme: Organization, facts: KeyFacts) -> None:
    """A gateway that was frozen in the middle of it: the client gets no task, and the money back."""
    task = written(facts)
    assert ending.void(task)
    purse.charge(facts, submission._charge_of(task))
    with pytest.raises(NotReady):
        submission._queued(task)
    assert is_even(acme)


def test_an_admission_that_was_given_up_may_be_refused_as_well(acme: Organization, facts: KeyFacts) -> None:
    """A gateway that was frozen, and then finds no money: what the clock has told of the task stays."""
    task = written(facts)
    assert ending.void(task)
    submission._forget(task)
    assert row(str(task.pk)).state == State.FAILED
    assert is_even(acme)


def test_the_clock_finds_what_nobody_finished(acme: Organization, facts: KeyFacts) -> None:
    task = written(facts)
    purse.charge(facts, submission._charge_of(task))
    MediaTask.objects.using("platform").filter(pk=task.pk).update(next_step_at=timezone.now())
    eventually(lambda: only(acme).state == State.FAILED)
    assert is_even(acme)


def test_killed_between_the_wallet_and_its_note(acme: Organization, facts: KeyFacts) -> None:
    """The refund is in Redis, and nobody wrote that down: it is not given twice."""
    task = submission.submit(facts, Order(Endpoint.ASYNC, offer("~render-600000"), {}), new_call_id())
    eventually(lambda: row(str(task.pk)).upstream_task_id)
    MediaTask.objects.using("platform").filter(pk=task.pk).update(next_step_at=None)
    assert ending.fail(row(str(task.pk)), "over")
    posting = Posting.objects.using("platform").get(task_id=task.pk, kind=Posting.Kind.REFUND)
    for _ in range(2):
        purse.give_back(postings.read(posting.event))
    assert is_even(acme)
    assert wallet(acme)["spent"] == 0


def test_killed_in_the_middle_of_an_order(stack: Stack, acme: Organization, key: str) -> None:
    """A claim that nothing comes of: when its lease ends another takes the task up."""
    model = offer()
    task_id = order(stack, key, model)
    MediaTask.objects.using("platform").filter(pk=task_id).update(
        turn=7, next_step_at=timezone.now() + timedelta(seconds=1)
    )
    ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    settled(acme)
    assert wallet(acme)["spent"] == NANO
    assert refunds(acme) == []


def test_a_charge_that_redis_lost_is_told_again(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer("~render-600000"))
    client().flushall()
    eventually(lambda: client().exists(EPOCH), seconds=20)
    settled(acme)
    eventually(lambda: wallet(acme)["spent"] == NANO, seconds=20)
    assert UsageEvent.platform.filter(organization=acme).count() == 1
    assert row(task_id).is_live


def test_a_sync_order_whose_gateway_died(stack: Stack, acme: Organization, facts: KeyFacts) -> None:
    task = submission.submit(facts, Order(Endpoint.SYNC, offer(), {}, timedelta(seconds=0)), new_call_id())
    eventually(lambda: row(str(task.pk)).state == State.FAILED)
    assert is_even(acme)


def test_a_sync_order_that_the_clock_gave_back_is_not_delivered(
    stack: Stack, acme: Organization, facts: KeyFacts
) -> None:
    def late(to: socket.socket) -> None:
        MediaTask.objects.using("platform").filter(organization_id=acme.pk).update(
            next_step_at=timezone.now()
        )
        eventually(lambda: only(acme).state == State.FAILED)
        connections.close_all()
        whole(b'{"image_urls": []}')(to)

    with playing(late) as provider, pytest.raises(UpstreamFailed):
        sync.carry_out(facts, offer(provider=media_at(provider.url)), {}, new_call_id())
    assert is_even(acme)


def test_while_the_provider_is_at_it_no_connection_is_held(
    stack: Stack, acme: Organization, facts: KeyFacts
) -> None:
    """To PostgreSQL, which has a hundred or so, for all that we do."""
    ours, held = connections["default"], []

    def look(to: socket.socket) -> None:
        held.append(ours.connection)
        whole(b'{"image_urls": []}')(to)

    with playing(look) as provider:
        sync.carry_out(facts, offer(provider=media_at(provider.url)), {}, new_call_id())
    assert held == [None]


def test_a_provider_says_what_cannot_be_written(stack: Stack, acme: Organization, key: str) -> None:
    failed = b'{"task": {"status": "TASK_STATUS_FAILED", "reason": "no\\u0000t today"}}'
    with playing(whole(b'{"task_id": "7"}'), whole(failed)) as provider:
        task_id = order(stack, key, offer(provider=media_at(provider.url)))
        found = ended(stack, key, task_id, "TASK_STATUS_FAILED")
    assert found["task"]["reason"] == "not today"
    assert is_even(acme)


def test_only_one_claims_a_task(acme: Organization, facts: KeyFacts) -> None:
    task = written(facts, state=State.QUEUED)
    MediaTask.objects.using("platform").filter(pk=task.pk).update(next_step_at=timezone.now())
    taken = [each for _ in range(3) for each in work.claim(100) if each.task_id == task.pk]
    assert len(taken) <= 1  # none where the stack's own worker was quicker


def test_a_lane_that_is_crowded_is_left_alone(acme: Organization, facts: KeyFacts) -> None:
    """Before it is ordered its model's, then its provider's."""
    task = written(facts, state=State.QUEUED)
    mine = MediaTask.objects.using("platform").filter(pk=task.pk)
    for provider_id, lane in ((0, task.model), (777, 777)):
        mine.update(next_step_at=timezone.now(), provider_id=provider_id, turn=0)
        taken = [each for each in work.claim(100, [lane]) if each.task_id == task.pk]
        assert taken == []
