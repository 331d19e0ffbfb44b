"""Calls under way while something breaks: what their clients were told, and how long it took."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.support.stack import Stack

QUESTION = {"model": "sandbox-claude", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
LONGEST = 10.0
"""Seconds within which every call is answered, whatever else is away (proxyapp/README.md)."""


@dataclass
class Answers:
    """What clients were told: trace ids of whole answers, how often each other status, the longest wait."""

    answered: list[str] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    slowest: float = 0.0


async def calls(
    stack: Stack, key: str, goes_on: Callable[[], bool], clients: int = 8, script: str = ""
) -> Answers:
    """`clients` call one after the other for as long as it goes on; who gets no answer calls again."""
    answers = Answers()
    async with httpx.AsyncClient(base_url=stack.base_url, timeout=60) as http:
        headers = {"x-api-key": key, "x-sandbox-script": script}

        async def call() -> None:
            while goes_on():
                if not await _one(http, headers, answers):
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(call() for _ in range(clients)))
    return answers


async def _one(http: httpx.AsyncClient, headers: dict[str, str], answers: Answers) -> bool:
    """One call; whether it was answered in full."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        answer = await http.post("/v1/messages", json=QUESTION, headers=headers)
    except httpx.TransportError:
        answers.broken += 1
        return False
    finally:
        answers.slowest = max(answers.slowest, loop.time() - began)
    if answer.status_code == 200:
        answers.answered.append(answer.headers["x-trace-id"])
        return True
    assert answer.headers["retry-after"], answer.text
    answers.refused[answer.status_code] = answers.refused.get(answer.status_code, 0) + 1
    return False
