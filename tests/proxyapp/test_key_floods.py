"""A flood of keys that are none costs Redis nothing, and a key that might be one is looked up once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from portal.kit.redis import client
from proxyapp import token
from tests.support import wire
from tests.support.stack import Stack

FLOOD = 200


@contextmanager
def overheard() -> Iterator[list[str]]:
    """What Redis is asked about keys meanwhile."""
    heard: list[str] = []
    redis: Any = client()
    with redis.monitor() as monitor:
        listening = threading.Event()

        def listen() -> None:
            listening.set()
            for command in monitor.listen():
                words = command["command"].split()
                if words[:2] == ["ECHO", "over"]:
                    return
                if len(words) > 1 and words[1].startswith("tg:key:"):
                    heard.append(command["command"])

        thread = threading.Thread(target=listen)
        thread.start()
        listening.wait()
        yield heard
        client().echo("over")
        thread.join(30)
        assert not thread.is_alive()


def flood(stack: Stack, keys: list[str]) -> None:
    with httpx.Client(base_url=stack.base_url, timeout=wire.PATIENCE) as http:
        for key in keys:
            answer = http.post("/v1/messages", content=b"{}" * 1_000, headers={"x-api-key": key})
            assert answer.status_code == 401


def test_it_works(stack: Stack) -> None:
    mistyped = [token.mint().text[:-1] + "?" for _ in range(FLOOD)]
    with overheard() as heard:
        flood(stack, [*mistyped, *["sk-foreign", "x" * 10_000] * FLOOD])
    assert heard == []


def test_an_unknown_key_is_looked_up_once_by_each_worker(stack: Stack) -> None:
    unknown = token.mint().text
    with overheard() as heard:
        flood(stack, [unknown] * FLOOD)
    assert len(heard) < 20  # two workers; and a push channel that is silent for a moment reads through
