"""The clock's doors: each leads somewhere, none piles up, and a server that is away is waited for."""

import logging

import pytest
from celery.app.base import Celery
from django.db import OperationalError

from billing import tasks
from billing.charges.services import balance
from portal.celery import app
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import EPOCH
from tests.billing.given import event, put
from tests.support.waiting import eventually


def test_it_works(acme: Organization) -> None:
    """The stack's own worker and clock bring an event to the balance."""
    put(event(acme))
    assert eventually(lambda: balance(acme.pk).spent == 1_000, seconds=5)


def test_the_gate_of_a_new_installation_is_open(acme: Organization) -> None:
    assert client().exists(EPOCH)


@pytest.mark.parametrize("name", list(app.conf.beat_schedule))
def test_every_entry_of_the_clock_is_a_task(name: str) -> None:
    assert app.conf.beat_schedule[name]["task"] in app.tasks


@pytest.mark.parametrize("name", list(app.conf.beat_schedule))
def test_no_entry_piles_up(name: str) -> None:
    assert app.conf.beat_schedule[name]["options"]["expires"] > 0


def test_a_task_leaves_no_result() -> None:
    assert isinstance(app, Celery)
    assert app.conf.task_ignore_result


def test_a_server_that_is_away_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    away = [True, True, False, False]

    @tasks.periodic
    def look() -> None:
        if away.pop(0):
            raise OperationalError("connection refused\nIs the server running?")

    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            look()
    assert caplog.messages == ["look has to wait: connection refused", "look goes on"]


def test_what_is_wrong_is_not_waited_for() -> None:
    @tasks.periodic
    def stumble() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
