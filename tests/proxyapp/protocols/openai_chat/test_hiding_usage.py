"""The usage chunk that the client did not ask for is taken out, and nothing else is."""

import pytest

from proxyapp.protocols.openai_chat import CODEC
from proxyapp.protocols.sse import MAX_IMAGE_EVENT
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask

CALL = ask(CODEC, {"model": "m", "messages": [], "stream": True})
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"usage":null}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"


def test_it_works() -> None:
    reading = CODEC.watch(CALL)
    assert reading.feed(TEXT + USAGE + DONE) == TEXT + DONE
    assert reading.usage == TokenUsage(input=5, output=2)
    assert reading.finished


def test_a_partial_event_is_held_back_until_it_is_whole() -> None:
    reading = CODEC.watch(CALL)
    assert reading.feed(TEXT[:30]) == b""
    assert reading.feed(TEXT[30:] + USAGE[:10]) == TEXT
    assert reading.feed(USAGE[10:]) == b""


def test_what_is_held_back_is_given_back_at_the_end() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(TEXT.rstrip())
    assert reading.end() == TEXT.rstrip()


def test_a_hidden_chunk_at_the_end_is_not_given_back() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(USAGE.rstrip())
    assert reading.end() == b""
    assert reading.usage == TokenUsage(input=5, output=2)


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n',
        b'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":1},"error":{"message":"x"}}\n\n',
        b": comment\n\n",
        b"\n",
        b"event: ping\n\n",
        b"data: {broken\n\n",
    ],
)
def test_everything_else_is_passed_on(event: bytes) -> None:
    assert CODEC.watch(CALL).feed(event) == event


def test_plain_chunks_are_handed_back_as_they_are() -> None:
    reading = CODEC.watch(CALL)
    reading.feed(TEXT)
    assert reading.feed(TEXT) is TEXT
    assert reading.output_bytes == 2


@pytest.mark.parametrize("size", [MAX_IMAGE_EVENT // 3, 10 * MAX_IMAGE_EVENT])
def test_an_event_too_large_is_passed_on_and_ends_the_reading(size: int) -> None:
    stream = TEXT + b"data: " + b"x" * (MAX_IMAGE_EVENT + 1) + b"\n\n" + USAGE
    reading = CODEC.watch(CALL)
    passed = b"".join(reading.feed(stream[start : start + size]) for start in range(0, len(stream), size))
    assert passed + reading.end() == stream
    assert "too large" in reading.failure
    assert reading.usage is None
    assert reading.output_bytes == 1
