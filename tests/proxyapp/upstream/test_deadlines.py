"""The coarse clock."""

import asyncio
from math import inf

from proxyapp.upstream.deadlines import Deadlines


class Item:
    """Due when told; says when it expired."""

    def __init__(self, due_in: float) -> None:
        self.slot = 0
        self.loop = asyncio.get_running_loop()
        self.at = self.loop.time() + due_in
        self.expired = asyncio.Event()
        self.expired_at = 0.0
        self.asked = 0

    def due(self) -> float:
        self.asked += 1
        return self.at

    def expire(self) -> None:
        self.expired_at = self.loop.time()
        self.expired.set()


async def test_it_works() -> None:
    deadlines, item = Deadlines(0.01), Item(0.03)
    deadlines.watch(item)
    await item.expired.wait()
    assert item.expired_at >= item.at
    assert len(deadlines) == 0


async def test_deadline_that_moved_on_is_kept() -> None:
    deadlines, item = Deadlines(0.01), Item(0.03)
    deadlines.watch(item)
    item.at += 0.05
    await item.expired.wait()
    assert item.expired_at >= item.at


async def test_deadline_that_came_nearer_is_kept() -> None:
    deadlines, item = Deadlines(0.01), Item(1000)
    deadlines.watch(item)
    item.at = item.loop.time() + 0.02
    deadlines.watch(item)
    await item.expired.wait()


async def test_deadline_in_the_past_expires_soon() -> None:
    deadlines, item = Deadlines(0.01), Item(-5)
    deadlines.watch(item)
    await item.expired.wait()


async def test_later_deadline_costs_no_move() -> None:
    deadlines, item = Deadlines(10), Item(1)
    deadlines.watch(item)
    slot = item.slot
    item.at += 100
    deadlines.watch(item)
    assert (item.slot, len(deadlines)) == (slot, 1)
    deadlines.stop()


async def test_never_is_not_watched() -> None:
    deadlines, item = Deadlines(0.01), Item(inf)
    deadlines.watch(item)
    assert len(deadlines) == 0


async def test_forgotten_does_not_expire() -> None:
    deadlines, first, second = Deadlines(0.01), Item(0.02), Item(0.05)
    deadlines.watch(first)
    deadlines.watch(second)
    deadlines.forget(first)
    deadlines.forget(first)
    await second.expired.wait()
    assert not first.expired.is_set()


async def test_one_that_ends_another_while_expiring() -> None:
    deadlines, victim, last = Deadlines(0.01), Item(0.02), Item(0.05)

    class Killer(Item):
        def expire(self) -> None:
            deadlines.forget(victim)
            super().expire()

    killer = Killer(0.02)
    for item in (killer, victim, last):
        deadlines.watch(item)
    await last.expired.wait()
    assert killer.expired.is_set()
    assert len(deadlines) == 0


async def test_clock_starts_again_after_a_rest() -> None:
    deadlines = Deadlines(0.01)
    for _ in range(2):
        item = Item(0.01)
        deadlines.watch(item)
        await item.expired.wait()
        await asyncio.sleep(0.05)


async def test_one_that_looks_again_from_within_its_expiry() -> None:
    deadlines = Deadlines(0.01)

    class Twice(Item):
        def expire(self) -> None:
            if not self.expired_at:
                self.expired_at = 1.0
                deadlines.watch(self)  # still due: the next slot, not this one again
            else:
                super().expire()

    item = Twice(0.01)
    deadlines.watch(item)
    await item.expired.wait()


class Broken(Item):
    def expire(self) -> None:
        super().expire()
        raise RuntimeError


async def test_one_that_fails_stops_no_clock() -> None:
    deadlines, broken, other = Deadlines(0.01), Broken(0.01), Item(0.05)
    deadlines.watch(broken)
    deadlines.watch(other)
    await other.expired.wait()
    assert broken.expired.is_set()
