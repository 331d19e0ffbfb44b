"""Whatever dies while media is made: each task ends, is charged once, and given back once if it failed."""

import threading
import time

import httpx
import pytest
from django.db import connections
from django.utils import timezone

from billing.charges.services import balance
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent
from billing.usage.stream import REFUSED
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.media.models import MediaTask, State
from tests.faults.processes import kill, ready
from tests.support.media import NANO, ask, offer, settled
from tests.support.purse import wallet
from tests.support.stack import Stack
from tests.support.waiting import eventually

OVER = (State.SUCCEED, State.FAILED)


class Customer:
    """Orders what works and what fails, in turns, as long as the block lasts; `accepted` are its tasks."""

    def __init__(self, stack: Stack, key: str) -> None:
        self._stack, self._key = stack, key
        self._models = (offer("~render-200"), offer("~render-200~fails"))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._order)
        self.accepted: list[str] = []

    def __enter__(self) -> "Customer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _order(self) -> None:
        turn = 0
        while not self._stopped.is_set():
            turn += 1
            try:
                answer = ask(self._stack, self._key, f"async/{self._models[turn % 2]}", json={"prompt": "x"})
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                self.accepted.append(answer.json()["task_id"])
            time.sleep(0.05)


def tasks(organization: Organization) -> list[MediaTask]:
    return list(MediaTask.objects.using("platform").filter(organization_id=organization.pk))


def over(organization: Organization) -> bool:
    """All have ended. The leases of the dead are said to have ended, which nobody wants to wait for."""
    live = MediaTask.objects.using("platform").filter(organization_id=organization.pk).exclude(state__in=OVER)
    live.update(next_step_at=timezone.now())
    time.sleep(0.5)
    return not live.exists()


@pytest.mark.parametrize("victim", ["worker", "web-1", "postgres", "valkey"])
def test_one_process_is_killed(stack: Stack, acme: Organization, key: str, victim: str) -> None:
    before, refused = balance(acme.pk).available, client().xlen(REFUSED)
    with Customer(stack, key) as customer:
        time.sleep(2)
        kill(stack, victim)
        time.sleep(2)
    connections.close_all()
    eventually(lambda: ready(stack), seconds=60)
    assert len(customer.accepted) > 10
    eventually(lambda: over(acme), seconds=60)
    settled(acme)
    found = tasks(acme)
    made = [task for task in found if task.state == State.SUCCEED]
    assert set(customer.accepted) <= {str(task.pk) for task in found}
    events = UsageEvent.platform.filter(organization=acme)
    assert events.filter(kind=UsageEvent.Kind.USAGE).count() == len(found)
    assert events.filter(kind=UsageEvent.Kind.ADJUSTMENT).count() == len(found) - len(made)
    assert before - balance(acme.pk).available == len(made) * NANO
    eventually(lambda: wallet(acme)["spent"] == len(made) * NANO, seconds=20)
    assert client().xlen(REFUSED) <= refused  # those of earlier tests
    assert prove() == []
