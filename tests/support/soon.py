"""`eventually` for coroutines: the event loop goes on while they wait."""

import asyncio
from collections.abc import Awaitable, Callable

_LOOK = 0.01
_TIMES = 1_000


async def until(check: Callable[[], bool]) -> None:
    """Returns once `check` holds; AssertionError if it does not in time."""
    for _ in range(_TIMES):
        if check():
            return
        await asyncio.sleep(_LOOK)
    raise AssertionError(f"did not come true: {check}")


async def until_equal(read: Callable[[], Awaitable[object]], expected: object) -> None:
    """Returns once `read` gives what is expected."""
    for _ in range(_TIMES):
        if await read() == expected:
            return
        await asyncio.sleep(_LOOK)
    raise AssertionError(f"{await read()!r} did not become {expected!r}")
