"""Redis loses everything, or a process dies or freezes, under load: nothing is lost, nothing doubled."""

import asyncio
import os
import signal
import threading
import time

import httpx
import pytest
from django.db import connections

from billing.usage.models import UsageEvent
from portal.embedded.leftovers import read_records
from portal.kit.redis import client
from portal.organizations.models import Organization
from tests.faults.load import QUESTION, Answers, assert_nothing_lost, calls
from tests.support.stack import Stack
from tests.support.waiting import eventually


def pid_of(stack: Stack, name: str) -> int:
    return next(r.pid for r in read_records(stack.data / "run" / "processes.json") if r.name == name)


def ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.base_url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def under_load(stack: Stack, key: str, fault: threading.Timer, seconds: float) -> Answers:
    fault.start()
    answers = asyncio.run(calls(stack, key, seconds))
    fault.join()
    connections.close_all()  # ours to a PostgreSQL that was killed are of no use any more
    eventually(lambda: ready(stack), seconds=30)
    return answers


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    answers = under_load(stack, key, threading.Timer(1, lambda: client().flushall()), seconds=5)
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
    fault = threading.Timer(1, lambda: os.kill(pid_of(stack, victim), signal.SIGKILL))
    answers = under_load(stack, key, fault, seconds=4)
    assert len(answers.answered) > 50
    assert_nothing_lost(acme, answers)


@pytest.mark.parametrize("victim", ["valkey", "postgres"])
def test_a_server_is_frozen(stack: Stack, acme: Organization, key: str, victim: str) -> None:
    pid = pid_of(stack, victim)

    def freeze() -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(5)
        os.kill(pid, signal.SIGCONT)

    answers = under_load(stack, key, threading.Timer(1, freeze), seconds=8)
    assert len(answers.answered) > 50
    assert_nothing_lost(acme, answers)


def test_a_frozen_gateway_is_booked_once(stack: Stack, acme: Organization, key: str) -> None:
    """Its lease runs out and the sweep books its call; what it settles after the thaw changes nothing."""
    headers = {"x-api-key": key, "x-sandbox-script": "~pace-100~chunks-100"}
    url, body = f"{stack.base_url}/v1/messages", {**QUESTION, "max_tokens": 500, "stream": True}
    gateways = [pid_of(stack, name) for name in ("web-1", "web-2")]
    with httpx.stream("POST", url, json=body, headers=headers, timeout=90) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        time.sleep(1.5)  # a checkpoint
        for pid in gateways:
            os.kill(pid, signal.SIGSTOP)
        try:
            events = UsageEvent.platform.filter(organization=acme)
            eventually(events.exists, seconds=40)
        finally:
            for pid in gateways:
                os.kill(pid, signal.SIGCONT)
        list(lines)
    assert_nothing_lost(acme, Answers())
    event = UsageEvent.platform.get(organization=acme)
    assert (event.outcome, event.source) == ("interrupted", "orphan")
