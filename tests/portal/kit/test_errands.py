"""Threads for work that waits for strangers: no more is claimed than can be done, and no failure harms it."""

import threading

import pytest

from portal.kit.errands import Errands
from tests.support.waiting import eventually


def test_it_works() -> None:
    done: list[int] = []
    Errands("test", 2).take_up(lambda limit: list(range(limit)), done.append)
    assert eventually(lambda: sorted(done) == [0, 1])


def test_no_more_is_claimed_than_there_are_free_threads() -> None:
    errands, goes_on = Errands("test", 3), threading.Event()
    asked: list[int] = []

    def claim(limit: int) -> list[int]:
        asked.append(limit)
        return [0] * min(limit, 2)

    def wait(_: int) -> None:
        goes_on.wait(10)

    for _ in range(3):
        errands.take_up(claim, wait)
    goes_on.set()
    assert asked == [3, 1]


def test_what_fails_gives_its_thread_back(caplog: pytest.LogCaptureFixture) -> None:
    errands = Errands("test", 1)
    asked: list[int] = []

    def claim(limit: int) -> list[int]:
        asked.append(limit)
        return [0]

    def fail(_: int) -> None:
        raise ValueError("on purpose")

    errands.take_up(claim, fail)
    assert eventually(lambda: "an errand failed" in caplog.text)

    def is_free() -> bool:
        errands.take_up(claim, fail)
        return len(asked) > 1

    assert eventually(is_free)
