"""Delivery: tried again until it is through or given up, and never lost."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.test.utils import override_settings
from django.utils import timezone

from portal.accounts.models import User
from portal.kit.scope import organization_scope
from portal.notifications import delivery
from portal.notifications import services as webhooks
from portal.notifications.models import Attempt, Delivery, Endpoint, Event
from portal.organizations.models import Organization
from tests.support.provider import nobody, playing, whole
from tests.support.waiting import eventually

from .told import State, add, attempts, deliveries, emit, endpoint, ends, held_back, hurry

FAILS = whole(b"", status=500)


def gap(organization: Organization) -> timedelta:
    """Between the last attempt and the next."""
    (waiting,) = deliveries(organization)
    assert waiting.next_attempt_at
    return waiting.next_attempt_at - attempts(organization)[-1].at


def test_it_works(alice: User, acme: Organization) -> None:
    with playing(FAILS, whole(b"")) as receiver:
        add(acme, alice, receiver.url)
        emit(acme)
        eventually(lambda: attempts(acme))
        hurry(acme)
        ends(acme, State.DELIVERED)
    numbers = [dict(request.headers)[b"X-Gateway-Delivery-Attempt"] for request in receiver.received]
    assert numbers == [b"1", b"2"]
    assert [(each.number, each.status, each.failure) for each in attempts(acme)] == [
        (1, 500, "status"),
        (2, 200, ""),
    ]


@pytest.mark.parametrize("tried", range(1, 6))
def test_it_waits_longer_each_time(alice: User, acme: Organization, tried: int) -> None:
    add(acme, alice, nobody())
    emit(acme)
    eventually(lambda: attempts(acme))
    hurry(acme, tried - 1)
    eventually(lambda: attempts(acme)[-1].number == tried)
    minutes = (1, 5, 30, 120, 720)[tried - 1]
    assert eventually(lambda: gap(acme) >= timedelta(minutes=minutes))
    assert gap(acme) < timedelta(minutes=minutes + 1)


def test_after_six_attempts_it_is_given_up(alice: User, acme: Organization) -> None:
    issued = add(acme, alice, nobody())
    emit(acme)
    eventually(lambda: attempts(acme))
    hurry(acme, 5)
    ends(acme, State.GIVEN_UP)
    assert endpoint(issued).exhausted == 1
    assert attempts(acme)[-1].failure == "connect"


def test_the_same_happening_is_told_once(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        add(acme, alice, receiver.url)
        assert emit(acme, "same") == emit(acme, "same") != emit(acme, "other")
        ends(acme, State.DELIVERED, State.DELIVERED)
    assert len(receiver.received) == 2


def test_only_who_wants_it_is_told(alice: User, acme: Organization) -> None:
    add(acme, alice, nobody(), event_types=["SOMETHING_ELSE"])
    emit(acme)
    assert deliveries(acme) == []


def test_an_address_that_a_request_names_is_told_too(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        emit(acme, url=receiver.url)
        ends(acme, State.DELIVERED)
    assert b"v1=" in dict(receiver.received[0].headers)[b"X-Gateway-Signature"]
    assert Endpoint.platform.get(organization=acme).is_for_requests


def test_a_delivery_is_claimed_once(alice: User, acme: Organization) -> None:
    claimed = held_back(acme, url=nobody())
    Delivery.platform.filter(pk=claimed.delivery_id).update(next_attempt_at=timezone.now())
    taken = [each for _ in range(3) for each in delivery.claim(100) if each == claimed]
    assert len(taken) <= 1  # none where the stack's own worker was quicker


def test_an_organization_that_is_crowded_is_left_alone(alice: User, acme: Organization) -> None:
    claimed = held_back(acme, url=nobody())
    Delivery.platform.filter(pk=claimed.delivery_id).update(next_attempt_at=timezone.now())
    assert claimed not in delivery.claim(100, [acme.pk])


def test_whoever_dies_leaves_it_to_others(alice: User, acme: Organization) -> None:
    """Claimed, and never heard of again: when the lease ends it is tried by another."""
    with playing(whole(b"")) as receiver:
        claimed = held_back(acme, url=receiver.url)
        Delivery.platform.filter(pk=claimed.delivery_id).update(next_attempt_at=timezone.now())
        ends(acme, State.DELIVERED)
    assert deliveries(acme)[0].tried == 2


def test_five_in_a_row_disable_it_and_the_owners_are_told(alice: User, acme: Organization, bob: User) -> None:
    issued = add(acme, alice, nobody())
    Endpoint.platform.filter(pk=issued.endpoint.pk).update(exhausted=4)
    claimed = held_back(acme)
    Delivery.platform.filter(pk=claimed.delivery_id).update(tried=6)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        delivery.attempt(claimed)
    found = endpoint(issued)
    assert (found.exhausted, found.disabled_reason) == (5, "failing")
    letters = [letter for letter in mail.outbox if alice.email in letter.to]
    assert [letter.subject for letter in letters] == ["A webhook of Acme has been disabled"]
    assert issued.endpoint.url in letters[0].body
    assert f"/settings/webhooks/{found.pk}" in letters[0].body
    assert not [letter for letter in mail.outbox if bob.email in letter.to]


def test_many_that_are_given_up_at_once_do_not_lock_each_other(alice: User, acme: Organization) -> None:
    """As it is with an endpoint that is down: what was told at one time comes to nothing at one time."""
    together = threading.Barrier(8)

    def fail(to: socket.socket) -> None:
        together.wait(10)
        FAILS(to)

    def attempt(claimed: delivery.Claim) -> None:
        delivery.attempt(claimed)
        connections.close_all()

    with playing(fail) as receiver:
        issued = add(acme, alice, receiver.url)
        claims = [held_back(acme, str(number)) for number in range(8)]
        Endpoint.platform.filter(pk=issued.endpoint.pk).update(exhausted=4)
        Delivery.platform.filter(organization=acme).update(tried=6)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(attempt, claims))
    assert len(attempts(acme)) == 8
    assert {each.state for each in deliveries(acme)} <= {State.GIVEN_UP, State.DROPPED}
    assert endpoint(issued).disabled_at


def test_success_ends_the_row(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        issued = add(acme, alice, receiver.url)
        Endpoint.platform.filter(pk=issued.endpoint.pk).update(exhausted=4)
        emit(acme)
        ends(acme, State.DELIVERED)
    assert endpoint(issued).exhausted == 0


def test_what_is_disabled_is_told_of_nothing(alice: User, acme: Organization) -> None:
    issued = add(acme, alice, nobody())
    emit(acme, "1")
    eventually(lambda: attempts(acme))
    with organization_scope(acme.pk):
        webhooks.disable(endpoint=issued.endpoint, actor=alice)
    emit(acme, "2")
    ends(acme, State.DROPPED)


def test_it_can_be_replayed(alice: User, acme: Organization) -> None:
    with playing(whole(b"")) as receiver:
        add(acme, alice, receiver.url)
        emit(acme)
        ends(acme, State.DELIVERED)
        with organization_scope(acme.pk):
            webhooks.replay(delivery=deliveries(acme)[0], actor=alice)
        ends(acme, State.DELIVERED, State.DELIVERED)
    first, second = receiver.received
    assert first.body == second.body


def test_a_replay_goes_to_where_the_endpoint_is_by_now(alice: User, acme: Organization) -> None:
    """Who has mended a mistyped address sends again what went astray."""
    issued = add(acme, alice, nobody())
    emit(acme)
    eventually(lambda: attempts(acme))
    hurry(acme, 5)
    ends(acme, State.GIVEN_UP)
    with playing(whole(b"")) as receiver:
        with organization_scope(acme.pk):
            webhooks.change(
                endpoint=issued.endpoint, url=receiver.url, description="", event_types=[], actor=alice
            )
        with organization_scope(acme.pk):
            webhooks.replay(delivery=deliveries(acme)[0], actor=alice)
        ends(acme, State.GIVEN_UP, State.DELIVERED)


def test_the_log_is_kept_for_thirty_days(alice: User, acme: Organization) -> None:
    add(acme, alice, nobody())
    old, young = emit(acme, "old"), emit(acme, "young")
    Event.platform.filter(pk=old).update(created_at=timezone.now() - timedelta(days=31))
    eventually(lambda: len({each.delivery_id for each in attempts(acme)}) == 2)
    delivery.prune()
    assert [each.event_id for each in deliveries(acme)] == [young]
    assert Attempt.platform.filter(organization=acme).count() == 1
