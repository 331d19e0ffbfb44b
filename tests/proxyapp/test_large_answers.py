"""A large answer is read beside the loop, which goes on with all other calls meanwhile."""

import threading

import pytest

from proxyapp.failover import OFF_LOOP, read_document
from proxyapp.protocols.reading import PlainDocument


class Noting(PlainDocument):
    """Knows in which thread it was read."""

    thread = 0

    def take(self, document: bytes) -> None:
        self.thread = threading.get_ident()
        super().take(document)


def document(size: int) -> bytes:
    """Of exactly so many bytes."""
    return b'{"text":"%b"}' % (b"x" * (size - 11))


@pytest.mark.parametrize("size", [OFF_LOOP, OFF_LOOP + 1])
async def test_it_works(size: int) -> None:
    reading = Noting()
    assert await read_document(reading, document(size)) == document(size)
    assert (reading.finished, reading.failure) == (True, "")


async def test_a_small_one_is_read_at_once() -> None:
    reading = Noting()
    await read_document(reading, document(OFF_LOOP))
    assert reading.thread == threading.get_ident()


async def test_a_large_one_is_read_by_another_thread() -> None:
    reading = Noting()
    await read_document(reading, document(OFF_LOOP + 1))
    assert reading.thread not in (0, threading.get_ident())
