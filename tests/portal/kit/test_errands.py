"""Threads for work that waits for strangers: no more is claimed than can be done, and no failure harms it."""

import threading

import pytest

from portal.kit.errands import Errands
from tests.support.waiting import eventually


class Due:
    """So many that are due; `asked` is for how many at a time they were claimed."""

    def __init__(self, count: int) -> None:
        self._left = list(range(count))
        self.asked: list[int] = []

    def claim(self, limit: int) -> list[int]:
        self.asked.append(limit)
        taken, self._left = self._left[:limit], self._left[limit:]
        return taken


def test_it_works() -> None:
    done: list[int] = []
    Errands("test", 2).take_up(Due(2).claim, done.append)
    assert eventually(lambda: sorted(done) == [0, 1])


def test_a_thread_goes_on_with_what_is_due() -> None:
    """The clock has looked in once."""
    done: list[int] = []
    Errands("test", 2).take_up(Due(50).claim, done.append)
    assert eventually(lambda: sorted(done) == list(range(50)))


def test_once_it_is_stopped_nothing_more_is_claimed() -> None:
    """Else a process with much to do would never end."""
    errands, due, done = Errands("test", 1), Due(3), list[int]()

    def stop(one: int) -> None:
        errands.stop()
        done.append(one)

    errands.take_up(due.claim, stop)
    assert eventually(lambda: done == [0])
    errands.take_up(due.claim, stop)
    assert due.asked == [1]


def test_no_more_is_claimed_than_there_are_free_threads() -> None:
    errands, goes_on, due = Errands("test", 3), threading.Event(), Due(2)

    def wait(_: int) -> None:
        goes_on.wait(10)

    for _ in range(3):
        errands.take_up(due.claim, wait)
    asked = list(due.asked)
    goes_on.set()
    assert asked == [3, 1, 1]


def test_what_fails_gives_its_thread_back(caplog: pytest.LogCaptureFixture) -> None:
    errands, done = Errands("test", 1), list[int]()

    def fail(_: int) -> None:
        raise ValueError("on purpose")

    errands.take_up(Due(1).claim, fail)
    assert eventually(lambda: "an errand failed" in caplog.text)

    def is_free() -> bool:
        errands.take_up(Due(1).claim, done.append)
        return bool(done)

    assert eventually(is_free)


def test_so_does_what_cannot_claim(caplog: pytest.LogCaptureFixture) -> None:
    errands, done, due = Errands("test", 1), list[int](), Due(1)

    def claim(limit: int) -> list[int]:
        if due.asked:
            raise ValueError("on purpose")
        return due.claim(limit)

    errands.take_up(claim, done.append)
    assert eventually(lambda: "nothing more could be claimed" in caplog.text)

    def is_free() -> bool:
        errands.take_up(Due(1).claim, done.append)
        return len(done) == 2

    assert eventually(is_free)
