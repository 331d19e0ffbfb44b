"""Thousands of idle connections are cheap; those beyond the most are told to come back; files suffice."""

import json
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import wire, worker
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.worker import Worker

MOST = 40
IDLE = 2_000
PING = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(scope="module")
def small(stack: Stack) -> Iterator[Worker]:
    with worker.running(stack, TOLLGATE_MAX_CONNECTIONS=MOST) as started:
        yield started


@pytest.fixture(scope="module")
def large(stack: Stack) -> Iterator[Worker]:
    """Started with few files allowed, as many systems do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
    try:
        with worker.running(stack) as started:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            yield started
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_it_works(large: Worker) -> None:
    """A connection that waits takes some kilobytes, and calls go on beside thousands of them."""
    before = large.memory()
    with ExitStack() as idle:
        for _ in range(IDLE):
            idle.enter_context(large.connect())
        eventually(lambda: large.files() > IDLE, seconds=30)
        assert (large.memory() - before) / IDLE < 32 * 1024
        with large.connect(PING) as one_more:
            assert worker.read_answer(one_more).startswith(b"HTTP/1.1 200 ")


def test_a_worker_takes_as_many_files_as_it_may(large: Worker) -> None:
    limits = Path(f"/proc/{large.pid}/limits").read_text().splitlines()
    [soft, hard] = next(line.split()[3:5] for line in limits if line.startswith("Max open files"))
    assert soft == hard


def test_beyond_the_most_one_is_told_to_come_back(small: Worker, key: str) -> None:
    call = worker.request("/v1/messages", wire.headers("anthropic", key), b"{}")
    with ExitStack() as held:
        for _ in range(MOST):
            connection = held.enter_context(small.connect(PING))
            assert worker.read_answer(connection).startswith(b"HTTP/1.1 200 ")
        head, _, body = small.ask(call).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: " in head
    assert b"connection: close" in head
    assert json.loads(body)["type"] == "error"
    assert "as many connections as it takes" in json.loads(body)["error"]["message"]


def test_who_is_beyond_the_most_and_says_nothing_is_let_go(small: Worker) -> None:
    with ExitStack() as held:
        for _ in range(MOST):
            held.enter_context(small.connect(PING))
        many = [held.enter_context(small.connect()) for _ in range(3 * MOST)]
        assert [worker.read_all(connection) for connection in many] == [b""] * len(many)


def test_there_is_room_again_afterwards(small: Worker) -> None:
    def answered() -> bool:
        with small.connect(PING) as connection:
            return worker.read_answer(connection).startswith(b"HTTP/1.1 200 ")

    for _ in range(2):
        with ExitStack() as held:
            for _ in range(2 * MOST):
                held.enter_context(small.connect())
        eventually(answered)
