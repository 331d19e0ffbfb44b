"""`manage.py up` dies in every way and comes back: nothing lost, nothing doubled, nothing left running."""

import os
import signal
import subprocess
import sys
import threading

import httpx
import psycopg
import redis

from portal.embedded import environment
from portal.embedded.layout import DataDirectory
from tests.faults.own import assert_nothing_lost_in, restart, stop
from tests.faults.processes import records, under_load
from tests.support.calls import ask
from tests.support.stack import CHECKOUT, Stack
from tests.support.waiting import eventually

PACED = {"x-sandbox-script": "~pace-100~chunks-30"}
QUESTION = {"model": "sandbox-claude", "max_tokens": 500, "messages": [{"role": "user", "content": "Hi"}]}


def booked(stack: Stack) -> list[tuple[str, str, int]]:
    """Outcome, source and charge of every event in the stack's own PostgreSQL."""
    url = environment.database_urls(DataDirectory.at(stack.data))["DATABASE_PLATFORM_URL"]
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT outcome, source, charged FROM usage_usageevent").fetchall()


def held(stack: Stack) -> bool:
    client = redis.Redis.from_url(environment.redis_url(DataDirectory.at(stack.data)))
    return any(client.scan_iter("tg:{*}:hold:*"))


def test_it_works(own: Stack) -> None:
    assert ask(own, own.api_key).status_code == 200
    assert stop(own) == 0
    assert not (own.data / "ready.json").exists()
    again = restart(own)
    assert (again.api_key, again.member, again.operator) == (own.api_key, own.member, own.operator)
    assert len(eventually(lambda: booked(again))) == 1
    assert stop(again) == 0


def test_a_second_one_says_so_and_exits(own: Stack) -> None:
    command = [sys.executable, "manage.py", "up", "--data", str(own.data), "--port", "0"]
    clean = environment.without_contract(os.environ)
    second = subprocess.run(command, cwd=CHECKOUT, env=clean, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "already running" in second.stdout + second.stderr
    assert str(own.process.pid) in second.stdout + second.stderr
    assert ask(own, own.api_key).status_code == 200


def test_streams_are_drained_before_it_stops(own: Stack) -> None:
    url, headers = f"{own.base_url}/v1/messages", {"x-api-key": own.api_key, **PACED}
    with httpx.stream("POST", url, json={**QUESTION, "stream": True}, headers=headers, timeout=60) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "content_block_delta" in line)
        own.process.send_signal(signal.SIGTERM)
        rest = list(lines)
    assert any("message_stop" in line for line in rest)
    assert own.process.wait(60) == 0


def test_the_supervisor_alone_is_killed(own: Stack) -> None:
    assert ask(own, own.api_key).status_code == 200
    left = records(own)
    own.process.kill()
    own.process.wait(30)
    eventually(lambda: not any(record.alive() for record in left), seconds=45)
    again = restart(own)
    assert ask(again, own.api_key).status_code == 200
    eventually(lambda: len(booked(again)) == 2)
    assert stop(again) == 0


def test_the_supervisor_is_killed_under_load(own: Stack) -> None:
    started: list[Stack] = []

    def happen() -> None:
        own.process.kill()
        own.process.wait(30)
        started.append(restart(own))

    answers = under_load(own, own.api_key, happen)
    assert len(answers.answered) > 50
    assert answers.broken > 0
    assert_nothing_lost_in(own, answers)
    assert stop(started[0]) == 0


def test_everything_is_killed_with_a_stream_in_flight(own: Stack) -> None:
    assert ask(own, own.api_key).status_code == 200
    streaming = threading.Event()
    reader = threading.Thread(target=_stream_until_cut, args=(own, streaming))
    reader.start()
    assert streaming.wait(30)
    # The web workers first: with the provider gone before them, they would settle what had arrived.
    for pid in [record.pid for record in sorted(records(own), key=lambda r: not r.name.startswith("web"))]:
        os.kill(pid, signal.SIGKILL)
    own.process.kill()
    own.process.wait(30)
    reader.join(30)
    again = restart(own)
    eventually(lambda: len(booked(again)) == 2 and not held(again), seconds=30)
    cut = [event for event in booked(again) if event[0] == "interrupted"]
    assert len(cut) == 1, booked(again)
    assert cut[0][1] == "orphan"
    assert cut[0][2] > 0
    assert stop(again) == 0


def _stream_until_cut(stack: Stack, streaming: threading.Event) -> None:
    url, headers = f"{stack.base_url}/v1/messages", {"x-api-key": stack.api_key, **PACED}
    body = {**QUESTION, "stream": True}
    try:
        with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as answer:
            for line in answer.iter_lines():
                if "content_block_delta" in line:
                    streaming.set()
    except httpx.TransportError:
        return
