"""The memory for names."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress

import pytest

from proxyapp.upstream import UpstreamError
from proxyapp.upstream.resolve import AddressInfo, Resolver


class Directory:
    """Answers as told, and counts."""

    def __init__(self, *addresses: str, error: Exception | None = None) -> None:
        self.addresses = list(addresses)
        self.error = error
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, host: str) -> Sequence[AddressInfo]:
        self.asked.append(host)
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in self.addresses]


async def test_it_works() -> None:
    assert "127.0.0.1" in await Resolver().resolve("localhost")


async def test_order_is_kept_and_doubles_are_dropped() -> None:
    directory = Directory("192.0.2.9", "192.0.2.1", "192.0.2.9")
    assert await Resolver(directory).resolve("a.test") == ("192.0.2.9", "192.0.2.1")


async def test_answer_is_remembered() -> None:
    directory = Directory("192.0.2.1")
    resolver = Resolver(directory)
    await resolver.resolve("a.test")
    directory.addresses = ["192.0.2.2"]
    assert await resolver.resolve("a.test") == ("192.0.2.1",)


async def test_answer_is_forgotten_after_a_while() -> None:
    directory = Directory("192.0.2.1")
    resolver = Resolver(directory, ttl=0)
    await resolver.resolve("a.test")
    directory.addresses = ["192.0.2.2"]
    assert await resolver.resolve("a.test") == ("192.0.2.2",)


async def test_memory_is_bounded() -> None:
    directory = Directory("192.0.2.1")
    resolver = Resolver(directory, limit=2)
    for host in ("a.test", "b.test", "c.test", "b.test", "a.test"):
        await resolver.resolve(host)
    assert directory.asked == ["a.test", "b.test", "c.test", "a.test"]


async def test_same_question_is_asked_once() -> None:
    directory = Directory("192.0.2.1")
    resolver = Resolver(directory)
    await asyncio.gather(*(resolver.resolve("a.test") for _ in range(10)))
    assert directory.asked == ["a.test"]


async def test_caller_who_leaves_does_not_spoil_it_for_others() -> None:
    directory = Directory("192.0.2.1")
    directory.open.clear()
    resolver = Resolver(directory)
    leaving, staying = [asyncio.create_task(resolver.resolve("a.test")) for _ in range(2)]
    await asyncio.sleep(0)
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    directory.open.set()
    assert await staying == ("192.0.2.1",)


@pytest.mark.parametrize(
    "directory_error", [socket.gaierror(-2, "not known"), UnicodeError("label too long"), None]
)
async def test_no_answer_is_an_error_and_is_not_remembered(directory_error: Exception | None) -> None:
    directory = Directory(error=directory_error)
    resolver = Resolver(directory)
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            await resolver.resolve("a.test")
        assert (caught.value.kind, caught.value.sent) == ("dns", False)
    assert len(directory.asked) == 2


async def test_closing_ends_the_wait() -> None:
    directory = Directory("192.0.2.1")
    directory.open.clear()
    resolver = Resolver(directory)
    task = asyncio.create_task(resolver.resolve("a.test"))
    await asyncio.sleep(0)
    await resolver.aclose()
    with pytest.raises(UpstreamError):
        await task
