"""Usage and the course of Messages answers, beyond the transcripts."""

from typing import Any

import pytest

from proxyapp.protocols.anthropic import CODEC
from proxyapp.protocols.base import Reading
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask, watch_document, watch_events

REQUEST = {"model": "m", "max_tokens": 9, "messages": []}
CALL = ask(CODEC, {**REQUEST, "stream": True})
WHOLE = ask(CODEC, REQUEST)


def start(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"type": "message", "content": [], "usage": usage}}


def delta(**usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


def seen(*events: Any) -> Reading:
    return watch_events(CODEC, CALL, list(events))


def test_it_works() -> None:
    reading = seen(start(input_tokens=5, output_tokens=1), delta(output_tokens=9), {"type": "message_stop"})
    assert reading.usage == TokenUsage(input=5, output=9)
    assert reading.finished


def test_the_later_totals_win() -> None:
    first = start(input_tokens=1000, cache_read_input_tokens=0, output_tokens=1)
    last = delta(input_tokens=100, cache_read_input_tokens=900, output_tokens=9)
    assert seen(first, last).usage == TokenUsage(input=100, cache_read=900, output=9)


def test_input_that_only_comes_at_the_end_counts() -> None:
    reading = seen(start(input_tokens=0, output_tokens=0), delta(input_tokens=70, output_tokens=9))
    assert reading.usage == TokenUsage(input=70, output=9)


def test_zeroes_at_the_end_do_not_undo_the_input() -> None:
    reading = seen(start(input_tokens=70, output_tokens=1), delta(input_tokens=0, output_tokens=9))
    assert reading.usage == TokenUsage(input=70, output=9)


def test_a_delta_of_the_message_that_says_it_has_no_type_is_read() -> None:
    last = delta(output_tokens=9)
    last["delta"] |= {"type": None, "text": None}
    assert seen(start(input_tokens=5, output_tokens=1), last).usage == TokenUsage(input=5, output=9)


def test_a_write_without_its_breakdown_was_for_five_minutes() -> None:
    reading = seen(start(input_tokens=5, cache_creation_input_tokens=40, output_tokens=1))
    assert reading.usage == TokenUsage(input=5, cache_write_5m=40, output=1)


def test_a_breakdown_once_given_is_kept() -> None:
    split = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 30}
    first = start(input_tokens=5, cache_creation_input_tokens=40, cache_creation=split, output_tokens=1)
    reading = seen(first, delta(input_tokens=5, cache_creation_input_tokens=50, output_tokens=9))
    assert reading.usage == TokenUsage(input=5, cache_write_5m=20, cache_write_1h=30, output=9)


def test_an_explicit_zero_is_a_report() -> None:
    assert seen(start(input_tokens=0, output_tokens=0)).usage == TokenUsage()


def test_output_without_input_is_no_report() -> None:
    assert seen(delta(output_tokens=9)).usage is None


@pytest.mark.parametrize("lie", [-1, 10**10, 1.5, "9", True])
def test_a_lie_is_no_report(lie: Any) -> None:
    reading = seen(start(input_tokens=5, output_tokens=1), delta(output_tokens=lie), {"type": "message_stop"})
    assert reading.usage is None
    assert reading.finished


def test_what_an_adviser_used_is_billed_beside() -> None:
    iterations = [{"type": "advisor_message", "model": "x", "input_tokens": 7, "output_tokens": 3}]
    reading = seen(start(input_tokens=5, output_tokens=1), delta(output_tokens=9, iterations=iterations))
    assert reading.usage == TokenUsage(input=12, output=12)


@pytest.mark.parametrize(
    ("event", "started"),
    [
        (start(input_tokens=5, output_tokens=1), False),
        ({"type": "ping"}, False),
        ({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, False),
        (
            {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "input": {}}},
            True,
        ),
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}}, True),
        (
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "signature_delta", "signature": "x"},
            },
            True,
        ),
    ],
)
def test_when_real_output_has_begun(event: dict[str, Any], started: bool) -> None:
    assert seen(event).started is started


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        {"error": {"message": "Overloaded"}},
    ],
)
def test_an_error_event_is_a_failure(event: dict[str, Any]) -> None:
    assert seen(event).failure == "Overloaded"


def test_a_document_with_an_error_is_a_failure() -> None:
    assert watch_document(CODEC, WHOLE, {"type": "error", "error": {"message": "no"}}).failure == "no"


@pytest.mark.parametrize("document", [b"", b"<html>", b'{"content":[', b"[]", b"\xff"])
def test_a_document_that_cannot_be_read_is_a_failure(document: bytes) -> None:
    reading = watch_document(CODEC, WHOLE, document)
    assert reading.failure
    assert not reading.finished
