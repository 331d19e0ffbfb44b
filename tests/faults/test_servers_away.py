"""PostgreSQL is not there for a while, or Valkey comes back empty: calls, pages, and the books after."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import STREAM
from tests.faults.agreement import assert_nothing_lost
from tests.faults.load import LONGEST
from tests.faults.processes import frozen, kill, pid_of, under_load
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("no_leak")
PAGES = ("/", "/account/login/", "/settings/key-management")


@contextmanager
def away(stack: Stack, name: str) -> Iterator[None]:
    """Killed, and nobody there to start it again."""
    with frozen(stack, "supervisor"):
        kill(stack, name)
        yield


def pages_say_so(stack: Stack) -> None:
    for path in PAGES:
        page = httpx.get(stack.base_url + path, timeout=LONGEST)
        assert (page.status_code, page.headers["retry-after"]) == (503, "5"), path
        assert "database" in page.text
    listed = httpx.get(f"{stack.base_url}/api/v1/nothing", timeout=LONGEST)
    assert listed.status_code == 503
    assert listed.json()["error"]["code"] == "unavailable"


def postgresql_is_away(stack: Stack, organization: Organization, key: str, seconds: float) -> None:
    def happen() -> None:
        with away(stack, "postgres"):
            time.sleep(seconds / 2)
            pages_say_so(stack)
            time.sleep(seconds / 2)

    answers = under_load(stack, key, happen)
    assert len(answers.answered) > 50
    assert (answers.refused, answers.broken) == ({}, 0)
    assert_nothing_lost(organization, answers, seconds=60)
    eventually(lambda: client().xlen(STREAM) == 0)


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    postgresql_is_away(stack, acme, key, seconds=6)


@pytest.mark.long
def test_postgresql_is_away_for_a_minute(stack: Stack, acme: Organization, key: str) -> None:
    postgresql_is_away(stack, acme, key, seconds=60)


def test_valkey_comes_back_empty(stack: Stack, acme: Organization, key: str) -> None:
    before = pid_of(stack, "valkey")

    def happen() -> None:
        with away(stack, "valkey"):
            for file in (stack.data / "valkey" / "appendonlydir").iterdir():
                file.unlink()
        eventually(lambda: pid_of(stack, "valkey") != before)

    answers = under_load(stack, key, happen, after=4)
    assert len(answers.answered) > 50
    assert set(answers.refused) == {503}
    assert_nothing_lost(acme, answers)
