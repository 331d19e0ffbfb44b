"""Settled events are kept until PostgreSQL has them, and no more of them than memory can bear."""

from proxyapp.limits.holds import MOST_RETAINED, Retained

EVENT = b"{}"


def test_it_works() -> None:
    retained = Retained()
    for name in (b"1-0", b"1-1", b"2-0"):
        retained.add(name, EVENT)
    retained.forget(b"1-1")
    assert [name for name, _ in retained.entries()] == [b"2-0"]


def test_what_was_told_again_lies_further_down() -> None:
    retained = Retained()
    retained.add(b"1-0", EVENT)
    retained.add(b"2-0", EVENT)
    retained.rename(b"1-0", b"3-0")
    retained.forget(b"2-0")
    assert [name for name, _ in retained.entries()] == [b"3-0"]


def test_a_drain_that_stands_still_does_not_fill_the_memory() -> None:
    retained = Retained()
    for number in range(MOST_RETAINED + 10):
        retained.add(b"%d-0" % (number + 1), EVENT)
    assert len(retained) == MOST_RETAINED
    assert retained.entries()[0][0] == b"11-0"
