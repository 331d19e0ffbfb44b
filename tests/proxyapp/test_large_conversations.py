"""What is done to a large body before it is sent is done in a thread: the loop has other streams to serve."""

import asyncio
import json
import threading
from typing import Any

import pytest

from proxyapp.config import Config
from proxyapp.failover import OFF_LOOP, Failover
from proxyapp.health import Health
from proxyapp.metering import Meter, Terms
from proxyapp.protocols.anthropic import CODEC
from proxyapp.protocols.bridge import Bridge, Way
from proxyapp.road import DIRECT
from proxyapp.snapshot import KeyFacts, ModelFacts, PriceFacts, RouteFacts, Target
from proxyapp.upstream.fast import FastLane
from proxyapp.upstream.lane import Timeouts
from tests.support import provider

REFUSED = b'{"type":"error","error":{"message":"Invalid `signature` in `thinking` block"}}'
ANSWER = b'{"type":"message","content":[{"type":"text","text":"Hi"}]}'
PRICE = PriceFacts(1, {})
CONFIG = Config(redis_url="", pepper=b"", encryption_keys="")


class Watched(Bridge):
    """Remembers for each piece of work whether it was done in the thread of the loop."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.in_loop: list[bool] = []
        self._loop = threading.get_ident()

    def way(self, protocol: str, model: str, ceiling: int | None, most: int) -> Way:
        self.in_loop.append(threading.get_ident() == self._loop)
        return super().way(protocol, model, ceiling, most)

    def repair(self, words: str) -> str:
        self.in_loop.append(threading.get_ident() == self._loop)
        return super().repair(words)


async def repaired(url: str, size: int) -> list[bool]:
    """Where the work on a body of about this size was done that is refused, and repaired."""
    thinking = {"type": "thinking", "thinking": "Hm." + "m" * size, "signature": "x"}
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": [thinking]}]
    body = json.dumps({"model": "m", "max_tokens": 9, "messages": turns}).encode()
    call = CODEC.read(body, None, None, "")
    meter = Meter("0" * 32, KeyFacts(1, 1, 1), call, ModelFacts(1, "m", 9, 9, 0, {}, ()), Terms(PRICE, 1))
    route = RouteFacts(1, 1, "anthropic", url, "m", 1, 1, allow_private=True, credentials=())
    bridge, lane = Watched(CODEC, call, "0" * 32, []), FastLane()
    failover = Failover(lane, Health(), CONFIG, Timeouts())
    opened = await failover.first_answer(CODEC, meter, [Target(route, DIRECT, 1, "s")], bridge, None)
    opened.answer.close()
    await lane.aclose()
    assert meter.repaired == "thinking"
    return bridge.in_loop


@pytest.mark.parametrize(("size", "in_loop"), [(OFF_LOOP, False), (1, True)])
def test_it_works(size: int, in_loop: bool) -> None:
    with provider.playing(provider.whole(REFUSED, status=400), provider.whole(ANSWER)) as played:
        assert asyncio.run(repaired(played.url, size)) == [in_loop] * 3
