"""The processes of a stack as targets: find them, stop them for a while, and call meanwhile."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from django.db import connections

from portal.embedded.leftovers import Record, read_records
from tests.faults.load import Answers, calls
from tests.support.stack import Stack
from tests.support.waiting import eventually

QUIET = 1.0  # seconds of calls before the fault, and again after it


def records(stack: Stack) -> list[Record]:
    return read_records(stack.data / "run" / "processes.json")


def pid_of(stack: Stack, name: str) -> int:
    """Also the supervisor's own."""
    if name == "supervisor":
        return stack.process.pid
    return next(record.pid for record in eventually(lambda: _named(stack, name)))


def _named(stack: Stack, name: str) -> list[Record]:
    """Nobody, for the moment between a death and the next start."""
    return [record for record in records(stack) if record.name == name]


def ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.base_url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def kill(stack: Stack, name: str) -> None:
    os.kill(pid_of(stack, name), signal.SIGKILL)


@contextmanager
def frozen(stack: Stack, *names: str) -> Iterator[None]:
    pids = [pid_of(stack, name) for name in names]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def freeze(stack: Stack, name: str, seconds: float) -> None:
    with frozen(stack, name):
        time.sleep(seconds)


def under_load(
    stack: Stack, key: str, fault: Callable[[], object], after: float = 2.0, script: str = ""
) -> Answers:
    """Calls from before the fault until some time after it; the stack is ready again at the end."""
    failed: list[BaseException] = []
    over = threading.Event()

    def happen() -> None:
        try:
            time.sleep(QUIET)
            fault()
            time.sleep(after)
        except BaseException as error:
            failed.append(error)
        finally:
            over.set()

    breaking = threading.Thread(target=happen)
    breaking.start()
    try:
        answers = asyncio.run(calls(stack, key, lambda: not over.is_set(), script=script))
    finally:
        breaking.join()
    if failed:
        raise failed[0]
    connections.close_all()  # ours to a PostgreSQL that was killed are of no use any more
    eventually(lambda: ready(stack), seconds=60)
    return answers
