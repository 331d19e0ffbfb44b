"""SIGTERM to a web worker with a hundred open streams: nothing new, and each ends in order or in words."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx
import pytest

from billing.usage.models import UsageEvent
from portal.embedded.environment import STOP_SECONDS
from portal.organizations.models import Organization
from tests.faults.agreement import assert_nothing_lost
from tests.faults.load import Answers
from tests.support import wire
from tests.support.offers import offer
from tests.support.stack import CHECKOUT, Stack

STREAMS = 100
GRACE = 6
SHORT, ENDLESS = "~output-100~chunks-20~pace-200", "~output-2000~chunks-1000~pace-50"
FINISHED = {
    "anthropic": "message_stop",
    "openai_chat": "[DONE]",
    "openai_responses": "response.completed",
    "gemini": "finishReason",
}
ENDED = {
    "anthropic": "event: error",
    "openai_chat": '"error"',
    "openai_responses": "response.failed",
    "gemini": '"error"',
}


@dataclass
class Worker:
    """A web worker of its own beside the stack's; it lets calls finish for so long."""

    gateway: Stack
    process: "subprocess.Popen[bytes]"
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def worker(stack: Stack) -> Iterator[Worker]:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        command = [sys.executable, "-m", "portal.serve", "--fd", str(listener.fileno())]
        with (stack.data / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                pass_fds=(listener.fileno(),),
                stdout=log,
                stderr=log,
                env=os.environ | {STOP_SECONDS: str(GRACE)},
            )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield Worker(replace(stack, base_url=url), process)
    process.kill()
    process.wait()


@dataclass
class Told:
    trace: str
    protocol: str
    script: str
    text: str


async def stream(
    worker: Worker, http: httpx.AsyncClient, key: str, protocol: str, model: str, script: str
) -> Told:
    path, body = (
        wire.path(protocol, model, stream=True),
        wire.body(protocol, model, stream=True, ceiling=1000),
    )
    headers = wire.headers(protocol, key, script=script)
    async with http.stream("POST", path, json=body, headers=headers) as answer:
        assert answer.status_code == 200
        parts = answer.aiter_text()
        text = await anext(parts)
        worker.begun.release()
        async for part in parts:
            text += part
        return Told(answer.headers["x-trace-id"], protocol, script, text)


async def streams_ended_by(worker: Worker, key: str, models: dict[str, str]) -> list[Told]:
    """A hundred streams in four protocols, half of them endless; SIGTERM when all of them have begun."""
    targets = list(models.items())
    limits = httpx.Limits(max_connections=STREAMS + 5)
    async with httpx.AsyncClient(base_url=worker.gateway.base_url, timeout=60, limits=limits) as http:
        running = [
            asyncio.create_task(stream(worker, http, key, *targets[n % 4], (SHORT, ENDLESS)[n // 4 % 2]))
            for n in range(STREAMS)
        ]
        for _ in range(STREAMS):
            await asyncio.wait_for(worker.begun.acquire(), 30)
        assert (await http.get("/readyz")).status_code == 200  # and its connection stays open
        worker.stop()
        await nothing_new(worker, http)
        return await asyncio.gather(*running)


async def nothing_new(worker: Worker, http: httpx.AsyncClient) -> None:
    """The open connection is told that it is the last answer, and there are no new ones."""
    while (answer := await http.get("/readyz")).status_code == 200:
        continue
    assert answer.json()["checks"] == {"process": "is being stopped"}
    assert answer.headers["connection"] == "close"
    assert answer.headers["retry-after"]
    with pytest.raises(httpx.ConnectError):
        await http.get("/readyz")


def test_it_works(worker: Worker, acme: Organization, key: str) -> None:
    models = {protocol: offer(protocol) for protocol in wire.PROTOCOLS}
    told = asyncio.run(streams_ended_by(worker, key, models))
    for each in told:
        wanted = FINISHED if each.script == SHORT else ENDED
        assert wanted[each.protocol] in each.text[-2000:], (each.protocol, each.text[-500:])
        assert ("being restarted" in each.text) == (each.script == ENDLESS)
    assert worker.process.wait(30) == -signal.SIGTERM  # in order, as uvicorn says it
    assert_nothing_lost(acme, Answers([each.trace for each in told]))
    events = UsageEvent.platform.filter(organization=acme).values_list("outcome", "source", "error")
    scripts = Counter(each.script for each in told)
    assert Counter(events) == {
        ("completed", "provider", ""): scripts[SHORT],
        ("interrupted", "estimated", "gateway_stopping"): scripts[ENDLESS],
    }
