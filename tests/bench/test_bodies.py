"""The requests that are measured have the size they are named after."""

import json

import pytest

from tests.bench.bodies import body


@pytest.mark.parametrize("protocol", ["chat", "messages"])
@pytest.mark.parametrize("size", [400, 2_000, 110_000])
def test_it_works(protocol: str, size: int) -> None:
    whole = body(protocol, size)
    assert abs(len(whole) - size) < size // 100 + 1
    assert json.loads(whole)["messages"][-1]["role"] == "user"


def test_a_stream_tells_the_upstream_how_to_play() -> None:
    request = json.loads(body("messages", 400, chunks=7, pause_ms=25))
    assert request["stream"] is True
    assert request["messages"][0]["content"].startswith("[[n=7 i=25]] ")
