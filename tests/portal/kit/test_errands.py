"""Threads for work that waits for strangers: no more is claimed than can be done, and no failure harms it."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pytest

from portal.kit.errands import Errands, Lane
from tests.support.waiting import eventually


@dataclass(frozen=True)
class One:
    number: int
    lane: Lane


class Due:
    """What is due, in these lanes; `left` is what nobody has claimed."""

    def __init__(self, *lanes: Lane) -> None:
        self.left = [One(number, lane) for number, lane in enumerate(lanes)]

    def claim(self, limit: int, crowded: Collection[Lane]) -> Sequence[One]:
        taken = [one for one in self.left if one.lane not in crowded][:limit]
        self.left = [one for one in self.left if one not in taken]
        return taken


def fail(_: One) -> None:
    raise ValueError("on purpose")


class Held:
    """Keeps threads until it lets go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self, _: One) -> None:
        self.let_go.wait(10)


def test_it_works() -> None:
    done: list[One] = []
    Errands("test", 2).take_up(Due("a", "b").claim, done.append)
    assert eventually(lambda: {one.number for one in done} == {0, 1})


def test_a_thread_goes_on_with_what_is_due() -> None:
    """The clock has looked in once."""
    done: list[One] = []
    Errands("test", 2).take_up(Due(*range(50)).claim, done.append)
    assert eventually(lambda: len(done) == 50)


def test_once_it_is_stopped_nothing_more_is_claimed() -> None:
    """Else a process with much to do would never end."""
    errands, due, done = Errands("test", 1), Due(1, 2, 3), list[One]()

    def stop(one: One) -> None:
        errands.stop()
        done.append(one)

    errands.take_up(due.claim, stop)
    assert eventually(lambda: done)
    errands.take_up(due.claim, stop)
    assert len(due.left) == 2


def test_no_more_is_claimed_than_there_are_free_threads() -> None:
    errands, held, due = Errands("test", 3), Held(), Due(*range(5))
    for _ in range(3):
        errands.take_up(due.claim, held)
    left = len(due.left)
    held.let_go.set()
    assert left == 2


def test_one_lane_leaves_threads_to_the_others() -> None:
    """A receiver that never answers is not waited for by all of them."""
    errands, held, done = Errands("test", 4), Held(), list[One]()
    slow, other = Due(*["slow"] * 9), Due("other")
    errands.take_up(slow.claim, held)
    errands.take_up(other.claim, done.append)
    eventually(lambda: done)
    left = len(slow.left)
    held.let_go.set()
    assert left == 6
    assert eventually(lambda: not slow.left)


def test_what_fails_gives_its_thread_back(caplog: pytest.LogCaptureFixture) -> None:
    errands, done = Errands("test", 1), list[One]()
    errands.take_up(Due(1).claim, fail)
    assert eventually(lambda: "an errand failed" in caplog.text)

    def is_free() -> bool:
        errands.take_up(Due(1).claim, done.append)
        return bool(done)

    assert eventually(is_free)


def test_so_does_what_cannot_claim(caplog: pytest.LogCaptureFixture) -> None:
    errands, done, due = Errands("test", 1), list[One](), Due(1)

    def claim(limit: int, crowded: Collection[Lane]) -> Sequence[One]:
        if not due.left:
            raise ValueError("on purpose")
        return due.claim(limit, crowded)

    def is_free() -> bool:
        errands.take_up(Due(2).claim, done.append)
        return len(done) == 2

    errands.take_up(claim, done.append)
    assert eventually(lambda: "nothing more could be claimed" in caplog.text)
    assert eventually(is_free)
