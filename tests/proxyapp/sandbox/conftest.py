"""A real sandbox process on a free port, and clients that talk to it in every protocol."""

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from .wires import WIRES, Said, Talk, Wire, events

_PATIENCE = 10


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The base URL of the running sandbox."""
    command = [sys.executable, "-m", "proxyapp.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def tag() -> str:
    """A name for this test's requests in the sandbox's counters."""
    return uuid.uuid4().hex


class Talker:
    """Sends talks to the sandbox and reads what it says."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, wire: Wire, model: str, talk: Talk, **headers: str) -> httpx.Response:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            wire.path(model, stream=talk.stream),
            content=wire.encoded(model, talk),
            headers={**wire.headers, **extra},
        )

    async def say(self, wire: Wire, model: str, talk: Talk, **headers: str) -> Said:
        answer = await self.post(wire, model, talk, **headers)
        assert answer.status_code == 200, answer.text
        return wire.streamed(events(answer.content)) if talk.stream else wire.whole(answer.json())

    async def stats(self, tag: str = "", **query: str) -> dict[str, Any]:
        answer = await self.http.get("/__sandbox/stats", params={"tag": tag, **query})
        found: dict[str, Any] = answer.json()
        return found

    async def until(self, tag: str, **wanted: int) -> None:
        """Wait until the counters of ``tag`` are as wanted."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                stats = await self.stats(tag)
                if all(stats[name] == number for name, number in wanted.items()):
                    return
                await asyncio.sleep(0.01)


@pytest.fixture
async def talker(address: str) -> AsyncIterator[Talker]:
    async with httpx.AsyncClient(base_url=address, timeout=_PATIENCE, trust_env=False) as http:
        yield Talker(http)


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> Wire:
    """Each protocol in turn."""
    return WIRES[request.param]
