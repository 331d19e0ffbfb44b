"""Usage in the answers of tasks, as real providers report it."""

from typing import Any

import pytest

from proxyapp.protocols.openai_tasks import TASKS
from proxyapp.protocols.openai_tasks.answer import TaskDocument, TaskStream, read_usage
from proxyapp.protocols.sse import write_event
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask, watch_document


def read(answer: Any) -> TaskDocument:
    codec = TASKS["embeddings"]
    reading = watch_document(codec, ask(codec, {"model": "m", "input": "x"}), answer)
    assert isinstance(reading, TaskDocument)
    return reading


def test_it_works() -> None:
    reading = read({"data": [], "usage": {"prompt_tokens": 4, "total_tokens": 4}})
    assert (reading.finished, reading.usage) == (True, TokenUsage(input=4))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"total_tokens": 7}, TokenUsage(input=7)),
        ({"input_tokens": 3, "output_tokens": 1056, "total_tokens": 1059}, TokenUsage(input=3, output=1056)),
        (
            {"input_tokens": 9, "output_tokens": 2, "input_token_details": {"cached_tokens": 4}},
            TokenUsage(input=5, cache_read=4, output=2),
        ),
        ({"type": "duration", "seconds": 2.01}, TokenUsage(seconds=3)),
        ({"type": "duration", "seconds": 2}, TokenUsage(seconds=2)),
        ({}, None),
    ],
)
def test_usage(usage: dict[str, Any], expected: TokenUsage | None) -> None:
    assert read_usage(usage) == expected


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": -1},
        {"input_tokens": 1.5},
        {"type": "duration", "seconds": -1},
        {"type": "duration", "seconds": "2"},
        {"type": "duration", "seconds": True},
        {"type": "duration", "seconds": 1e300},
        {"type": "duration"},
        "many",
    ],
)
def test_what_cannot_be_true_is_not_believed(usage: Any) -> None:
    assert read({"usage": usage}).usage is None


def test_rerankers_that_report_elsewhere() -> None:
    assert read({"results": [], "meta": {"tokens": {"input_tokens": 12}}}).usage == TokenUsage(input=12)


@pytest.mark.parametrize("document", [b"", b"[]", b"<html>", b'{"error":{"message":"broken"}}'])
def test_what_is_no_answer_is_a_failure(document: bytes) -> None:
    assert read(document).failure


def picture(**more: Any) -> bytes:
    return write_event({"type": "image_generation.completed", "b64_json": "x", **more})


def test_the_tokens_of_several_pictures_are_added() -> None:
    reading = TaskStream(answers=2)
    usage = {"input_tokens": 3, "output_tokens": 100}
    reading.feed(picture(usage=usage))
    assert not reading.finished
    reading.feed(picture(usage=usage))
    assert (reading.finished, reading.usage) == (True, TokenUsage(input=6, output=200))


def test_one_lie_spoils_all() -> None:
    reading = TaskStream(answers=2)
    reading.feed(picture(usage={"input_tokens": -3}))
    reading.feed(picture(usage={"input_tokens": 3}))
    assert reading.usage is None


def test_a_large_picture_is_one_event() -> None:
    reading = TaskStream()
    large = picture(usage={"input_tokens": 1, "output_tokens": 2}, more="x" * 8_000_000)
    for start in range(0, len(large), 65_536):
        reading.feed(large[start : start + 65_536])
    assert (reading.finished, reading.failure) == (True, "")


def test_a_whole_answer_where_a_stream_was_asked_for() -> None:
    reading = TaskStream()
    document = b'{"text": "Hello",\n "usage": {"type": "duration", "seconds": 3}}'
    assert reading.feed(document) + reading.end() == document
    assert (reading.started, reading.finished, reading.usage) == (True, True, TokenUsage(seconds=3))
