"""An answer in any pieces comes out as whole messages, and its end waits for the end of the answer."""

import asyncio
import json

import pytest

from proxyapp.websocket.exchange import Exchange
from proxyapp.websocket.memory import Asked, Hearing

DELTA = b'{"type":"response.output_text.delta","delta":"x"}'
ITEM = b'{"type":"response.output_item.done","item":{"type":"message","content":[]}}'
DONE = b'{"type":"response.completed","response":{"id":"resp_1","output":[]}}'
FAILED = b'{"type":"response.failed","response":{"id":"resp_2"}}'
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-trace-id", b"7"), (b"date", b"now")]}


def event(data: bytes, newline: bytes = b"\n") -> bytes:
    return b"event: whatever" + newline + b"data: " + data + newline * 2


class Played:
    """An exchange in which nobody calls a gateway: `said` are the messages behind the headers."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        asked = Asked(b"{}", "m", (b'{"role":"user"}',), None, generate=True, stored=False)
        self.hearing = Hearing(asked)
        self.exchange = Exchange(asked, self.hearing, self._say, asyncio.Event())

    async def _say(self, message: bytes) -> None:
        self.said.append(message)

    async def part(self, data: bytes, *, more: bool = True) -> None:
        await self.exchange.send({"type": "http.response.body", "body": data, "more_body": more})


@pytest.fixture
async def played() -> Played:
    made = Played()
    await made.exchange.send(START)
    assert json.loads(made.said.pop()) == {"type": "gateway.headers", "headers": {"x-trace-id": "7"}}
    return made


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_it_works(played: Played, newline: bytes, size: int) -> None:
    stream = b"".join(event(data, newline) for data in (DELTA, ITEM, DONE))
    for start in range(0, len(stream), size):
        await played.part(stream[start : start + size])
    assert played.said == [DELTA, ITEM]
    await played.part(b"", more=False)
    assert played.said == [DELTA, ITEM, DONE]
    assert played.hearing.said is not None
    assert played.hearing.said.parts == (b'{"role":"user"}', b'{"type":"message","content":[]}')


async def test_an_event_that_was_cut_off_is_not_passed_on(played: Played) -> None:
    await played.part(event(DELTA) + b'data: {"type":"resp')
    await played.part(b"\n\n" + event(FAILED), more=False)
    assert played.said == [DELTA, FAILED]
    assert played.hearing.said is None


async def test_the_last_event_may_lack_its_blank_line(played: Played) -> None:
    await played.part(b"data: " + DONE, more=False)
    assert played.said == [DONE]


async def test_an_answer_without_an_end_has_none(played: Played) -> None:
    await played.part(event(DELTA), more=False)
    assert not played.exchange.ended


async def test_a_comment_says_that_somebody_is_there(played: Played) -> None:
    await played.part(b": keep-alive\n\n")
    assert played.said == [b'{"type":"keepalive"}']


async def test_events_of_another_shape_pass(played: Played) -> None:
    for data in (b'{"type":7}', b'{"type":"new","item":null}', b'{"no":"type"}'):
        await played.part(event(data))
        assert played.said.pop() == data


@pytest.mark.parametrize("odd", [b'{"id":null}', b"7", b'{"id":"r","output":[{"type":null}]}'])
async def test_an_end_of_another_shape_is_the_end_all_the_same(played: Played, odd: bytes) -> None:
    """It waits as any other, and nothing is said behind it."""
    end = b'{"type":"response.completed","response":%b}' % odd
    await played.part(event(DELTA) + event(end))
    assert played.said == [DELTA]
    await played.part(b"", more=False)
    assert played.said == [DELTA, end]
    assert played.exchange.ended
    assert played.hearing.said is None


async def test_an_error_answer_is_an_error_event() -> None:
    made = Played()
    await made.exchange.send(START | {"status": 429, "headers": [(b"retry-after", b"3"), (b"x-other", b"1")]})
    await made.part(b'{"error":{"code":"rate')
    await made.part(b'_limited"}}', more=False)
    (told,) = made.said
    assert json.loads(told) == {
        "type": "error",
        "status": 429,
        "headers": {"retry-after": "3"},
        "error": {"code": "rate_limited"},
    }
    assert made.exchange.ended
