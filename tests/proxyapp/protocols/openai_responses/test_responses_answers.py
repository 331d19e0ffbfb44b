"""Usage and the course of Responses answers, beyond the transcripts."""

from typing import Any

import pytest

from proxyapp.protocols.base import Reading
from proxyapp.protocols.openai_responses import CODEC
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask, watch_document, watch_events

CALL = ask(CODEC, {"model": "m", "input": "hi", "stream": True})
WHOLE = ask(CODEC, {"model": "m", "input": "hi"})


def ended(kind: str, **response: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": 9, "response": response}


def seen(*events: Any) -> Reading:
    return watch_events(CODEC, CALL, list(events))


def test_it_works() -> None:
    reading = seen(ended("completed", usage={"input_tokens": 5, "output_tokens": 2}))
    assert reading.usage == TokenUsage(input=5, output=2)
    assert reading.finished


@pytest.mark.parametrize("kind", ["completed", "incomplete", "failed"])
def test_every_terminal_event_may_hold_usage(kind: str) -> None:
    reading = seen(ended(kind, usage={"input_tokens": 5, "output_tokens": 2}))
    assert (reading.usage, reading.finished) == (TokenUsage(input=5, output=2), True)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"input_tokens": 5},
        {"input_tokens": 5, "output_tokens": None},
        {"input_tokens": -5, "output_tokens": 2},
        {"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"cached_tokens": "4"}},
        "lots",
    ],
)
def test_what_is_no_report_is_no_usage(usage: Any) -> None:
    reading = seen(ended("completed", usage=usage))
    assert reading.usage is None
    assert reading.finished


@pytest.mark.parametrize("response", [{}, {"error": None}, {"error": {"code": "x"}}])
def test_a_failed_response_is_a_failure_whatever_it_says(response: dict[str, Any]) -> None:
    assert seen(ended("failed", **response)).failure


def test_a_failed_response_without_a_response_is_a_failure() -> None:
    assert seen({"type": "response.failed"}).failure


@pytest.mark.parametrize(
    ("event", "started"),
    [
        ({"type": "response.created", "response": {"output": []}}, False),
        ({"type": "response.output_item.added", "item": {"type": "message", "content": []}}, False),
        ({"type": "response.output_item.added", "item": {"type": "reasoning", "summary": []}}, False),
        ({"type": "response.output_item.added", "item": {"type": "function_call", "name": "f"}}, True),
        ({"type": "response.output_text.delta", "delta": "x"}, True),
        ({"type": "response.output_item.done", "item": {"type": "function_call", "arguments": "{}"}}, True),
        ({"type": "keepalive", "sequence_number": 3}, False),
    ],
)
def test_when_real_output_has_begun(event: dict[str, Any], started: bool) -> None:
    assert seen(event).started is started


def test_an_item_is_counted_once_with_or_without_its_deltas() -> None:
    delta = {"type": "response.output_text.delta", "delta": "abc"}
    done = {"type": "response.output_item.done", "item": {"type": "message", "content": [{"text": "abc"}]}}
    assert seen(delta, done).output_bytes == 3
    assert seen(done, done).output_bytes == 6
    assert seen(delta, done, done).output_bytes == 6


def test_a_document_that_failed_is_a_failure() -> None:
    document = {"status": "failed", "output": [], "error": {"code": "server_error", "message": "no"}}
    assert watch_document(CODEC, WHOLE, document).failure == "no"


def test_a_whole_image_in_one_event_is_no_obstacle() -> None:
    image = {"type": "response.image_generation_call.partial_image", "partial_image_b64": "A" * (3 << 20)}
    reading = seen(image, ended("completed", usage={"input_tokens": 5, "output_tokens": 2}))
    assert reading.failure == ""
    assert reading.usage == TokenUsage(input=5, output=2)


@pytest.mark.parametrize("document", [b"", b"<html>", b'{"output":[', b"[]", b'{"output":5}'])
def test_a_document_that_cannot_be_read_is_a_failure(document: bytes) -> None:
    reading = watch_document(CODEC, WHOLE, document)
    assert reading.failure
    assert not reading.finished
