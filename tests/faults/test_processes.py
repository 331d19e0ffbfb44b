"""Redis loses everything, or a process is killed, under load: nothing is lost, nothing doubled."""

import time

import httpx
import pytest

from billing.usage.models import UsageEvent
from portal.kit.redis import client
from portal.organizations.models import Organization
from tests.faults.agreement import assert_nothing_lost
from tests.faults.load import QUESTION, Answers
from tests.faults.processes import kill, ready, under_load
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("no_leak")


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    answers = under_load(stack, key, lambda: client().flushall(), after=4)
    assert len(answers.answered) > 50
    assert 503 in answers.refused
    assert set(answers.refused) == {503}
    assert_nothing_lost(acme, answers)


def test_a_stream_outlives_it(stack: Stack, acme: Organization, key: str) -> None:
    headers = {"x-api-key": key, "x-sandbox-script": "~pace-100~chunks-30"}
    url, body = f"{stack.base_url}/v1/messages", {**QUESTION, "stream": True}
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        client().flushall()
        rest = list(lines)
        trace = answer.headers["x-trace-id"]
    assert any("message_stop" in line for line in rest)
    eventually(lambda: ready(stack), seconds=30)
    assert_nothing_lost(acme, Answers(answered=[trace]))
    event = UsageEvent.platform.get(organization=acme)
    assert (event.outcome, event.source) == ("completed", "provider")


@pytest.mark.parametrize("victim", ["valkey", "postgres", "worker", "beat", "web-1", "sandbox"])
def test_one_process_is_killed(stack: Stack, acme: Organization, key: str, victim: str) -> None:
    answers = under_load(stack, key, lambda: kill(stack, victim))
    assert len(answers.answered) > 50
    assert_nothing_lost(acme, answers)


def test_a_call_in_a_killed_gateway_is_booked_once_and_flagged(
    stack: Stack, acme: Organization, key: str
) -> None:
    headers = {"x-api-key": key, "x-sandbox-script": "~pace-100~chunks-100"}
    url, body = f"{stack.base_url}/v1/messages", {**QUESTION, "max_tokens": 500, "stream": True}
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        time.sleep(1.5)  # a checkpoint
        for name in ("web-1", "web-2"):
            kill(stack, name)
        with pytest.raises(httpx.TransportError):
            list(lines)
    eventually(UsageEvent.platform.filter(organization=acme).exists, seconds=60)
    assert_nothing_lost(acme, Answers())
    event = UsageEvent.platform.get(organization=acme)
    assert (event.outcome, event.source) == ("interrupted", "orphan")
    assert event.charged > 0
