"""SIGUSR1 to `manage.py up` replaces its web workers one after the other: no call is lost over it."""

import os
import signal

import httpx
import pytest

from billing.usage.models import UsageEvent
from portal.organizations.models import Organization
from tests.faults.agreement import assert_nothing_lost
from tests.faults.census import GATEWAYS
from tests.faults.load import QUESTION, Answers
from tests.faults.processes import pid_of, records, under_load
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("no_leak")


def renew(stack: Stack) -> None:
    before = [pid_of(stack, name) for name in GATEWAYS]
    stack.process.send_signal(signal.SIGUSR1)
    eventually(lambda: all(pid_of(stack, name) not in before for name in GATEWAYS), seconds=60)
    eventually(lambda: not any(record.name.endswith("-old") for record in records(stack)), seconds=60)


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    answers = under_load(stack, key, lambda: renew(stack), after=0.5)
    assert len(answers.answered) > 50
    assert (answers.refused, answers.broken) == ({}, 0)
    assert_nothing_lost(acme, answers)


def test_a_running_stream_is_let_finish(stack: Stack, acme: Organization, key: str) -> None:
    headers = {"x-api-key": key, "x-sandbox-script": "~pace-100~chunks-40"}
    url, body = f"{stack.base_url}/v1/messages", {**QUESTION, "max_tokens": 500, "stream": True}
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        stack.process.send_signal(signal.SIGUSR1)
        rest = list(lines)
        trace = answer.headers["x-trace-id"]
    assert any("message_stop" in line for line in rest)
    assert_nothing_lost(acme, Answers([trace]))
    assert UsageEvent.platform.get(organization=acme).outcome == "completed"
    eventually(lambda: not any("-" in record.name[5:] for record in records(stack)), seconds=60)


def test_a_new_worker_that_dies_leaves_the_old_one(stack: Stack, key: str) -> None:
    """Killed before it serves: as one that cannot start."""
    before = [pid_of(stack, name) for name in GATEWAYS]
    stack.process.send_signal(signal.SIGUSR1)
    found = eventually(lambda: [record for record in records(stack) if record.name == "web-1-new"])
    os.kill(found[0].pid, signal.SIGKILL)
    eventually(lambda: not any(record.name.endswith("-new") for record in records(stack)), seconds=30)
    assert [pid_of(stack, name) for name in GATEWAYS] == before
