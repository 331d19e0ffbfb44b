"""An event loop beside a test that has none, for providers and proxies that need one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import TypeVar

Value = TypeVar("Value")
_PATIENCE = 30.0


class Background:
    """Asynchronous contexts, entered from a test and left at its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.contexts = AsyncExitStack()

    def enter(self, context: AbstractAsyncContextManager[Value]) -> Value:
        entered = asyncio.run_coroutine_threadsafe(self.contexts.enter_async_context(context), self._loop)
        return entered.result(_PATIENCE)


@contextmanager
def running() -> Iterator[Background]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Background(loop)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.contexts.aclose(), loop).result(_PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)
        loop.close()
