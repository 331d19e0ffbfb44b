"""A process that is frozen (SIGSTOP) and thawed: who can go on goes on, and nothing is booked twice."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from billing.usage.models import UsageEvent
from portal.organizations.models import Organization
from tests.faults.agreement import assert_nothing_lost
from tests.faults.load import LONGEST, QUESTION, Answers
from tests.faults.processes import freeze, frozen, ready, under_load
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("no_leak")
PROBES = 16  # more than the threads that a gateway has for large bodies


@pytest.mark.parametrize("victim", ["valkey", "postgres"])
def test_it_works(stack: Stack, acme: Organization, key: str, victim: str) -> None:
    answers = under_load(stack, key, lambda: freeze(stack, victim, 5))
    assert len(answers.answered) > 50
    assert_nothing_lost(acme, answers)


@pytest.mark.long
@pytest.mark.parametrize("victim", ["valkey", "postgres", "worker", "beat", "supervisor"])
def test_half_a_minute(stack: Stack, acme: Organization, key: str, victim: str) -> None:
    answers = under_load(stack, key, lambda: freeze(stack, victim, 30))
    assert len(answers.answered) > 50
    assert answers.broken == 0
    assert not answers.refused or victim == "valkey"
    assert_nothing_lost(acme, answers)


@pytest.mark.long
def test_a_gateway_for_half_a_minute(stack: Stack, acme: Organization, key: str) -> None:
    """The calls that it has taken wait for it, and nobody else's."""
    answers = under_load(stack, key, lambda: freeze(stack, "web-1", 30))
    assert len(answers.answered) > 50
    assert_nothing_lost(acme, answers, longest=30 + LONGEST)


def test_a_gateway_past_its_lease_is_booked_once(stack: Stack, acme: Organization, key: str) -> None:
    """Its lease runs out and the sweep books its call; what it settles after the thaw changes nothing."""
    headers = {"x-api-key": key, "x-sandbox-script": "~pace-100~chunks-100"}
    url, body = f"{stack.base_url}/v1/messages", {**QUESTION, "max_tokens": 500, "stream": True}
    with httpx.stream("POST", url, json=body, headers=headers, timeout=90) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        time.sleep(1.5)  # a checkpoint
        with frozen(stack, "web-1", "web-2"):
            eventually(UsageEvent.platform.filter(organization=acme).exists, seconds=40)
        list(lines)
    assert_nothing_lost(acme, Answers())
    event = UsageEvent.platform.get(organization=acme)
    assert (event.outcome, event.source) == ("interrupted", "orphan")


def test_neither_calls_nor_pages_hang_with_postgresql(stack: Stack, key: str) -> None:
    """Nor does a page whose reader has left hold up anybody else."""
    with frozen(stack, "postgres"):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{stack.base_url}/models", timeout=0.5)
        with ThreadPoolExecutor(PROBES) as probes:
            assert set(probes.map(lambda _: ready(stack), range(PROBES))) == {False}
        body = {**QUESTION, "messages": [{"role": "user", "content": "many words " * 30_000}]}
        answer = httpx.post(
            f"{stack.base_url}/v1/messages", json=body, headers={"x-api-key": key}, timeout=LONGEST
        )
        assert answer.status_code == 200


@pytest.mark.long
def test_a_page_is_given_up_in_words(stack: Stack) -> None:
    with frozen(stack, "postgres"):
        page = httpx.get(f"{stack.base_url}/models", timeout=40)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    eventually(lambda: httpx.get(f"{stack.base_url}/models").status_code == 200)
