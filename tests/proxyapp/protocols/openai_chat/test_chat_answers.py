"""Usage and the course of chat answers, beyond the transcripts."""

from typing import Any

import pytest

from proxyapp.protocols.base import Reading
from proxyapp.protocols.openai_chat import CODEC
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask, watch_document, watch_events

ASKED = ask(CODEC, {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}})
HIDDEN = ask(CODEC, {"model": "m", "messages": [], "stream": True})
WHOLE = ask(CODEC, {"model": "m", "messages": []})


def chunk(delta: Any, **others: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **others}


def usage(**counters: Any) -> dict[str, Any]:
    return {"choices": [], "usage": counters}


def seen(*events: Any) -> Reading:
    return watch_events(CODEC, ASKED, list(events))


def test_it_works() -> None:
    reading = seen(chunk({"content": "hé"}), usage(prompt_tokens=5, completion_tokens=2))
    assert reading.usage == TokenUsage(input=5, output=2)
    assert reading.output_bytes == 3


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"prompt_tokens": 0, "completion_tokens": 0}, TokenUsage()),
        ({"prompt_tokens": 5, "completion_tokens": None}, None),
        ({"completion_tokens": 5}, None),
        (
            {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": None},
            TokenUsage(input=5, output=2),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": None}},
            TokenUsage(input=5, output=2),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4},
            TokenUsage(input=5, cache_read=4, output=2),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}, TokenUsage(5, 4, output=2)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 2,
                "total_tokens": 61,
                "completion_tokens_details": {"reasoning_tokens": 50},
            },
            TokenUsage(input=9, output=52, reasoning=50),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 52,
                "total_tokens": 61,
                "completion_tokens_details": {"reasoning_tokens": 50},
            },
            TokenUsage(input=9, output=52, reasoning=50),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 103},
            TokenUsage(input=9, output=94, reasoning=93),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "total_tokens": 14,
                "prompt_tokens_details": {"cached_tokens": 4},
            },
            TokenUsage(input=5, cache_read=4, output=1),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 8}, TokenUsage(input=9, output=1)),
        ({"prompt_tokens": -1, "completion_tokens": 2}, None),
        ({"prompt_tokens": 1, "completion_tokens": 10**10}, None),
        ({"prompt_tokens": 1.5, "completion_tokens": 2}, None),
        ({"prompt_tokens": "9", "completion_tokens": 2}, None),
        ({"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": -4}}, None),
    ],
)
def test_what_a_report_is_worth(report: dict[str, Any], expected: TokenUsage | None) -> None:
    assert seen(usage(**report)).usage == expected


@pytest.mark.parametrize("report", ["lots", 5, [], True])
def test_what_is_no_report_does_no_harm(report: Any) -> None:
    assert seen(chunk({"content": "x"}, usage=report)).usage is None


def test_after_a_lie_nothing_is_believed() -> None:
    lie, truth = usage(prompt_tokens=-5, completion_tokens=2), usage(prompt_tokens=5, completion_tokens=2)
    assert seen(truth, lie).usage is None
    assert seen(lie, truth).usage is None


def test_the_largest_of_repeated_reports_counts() -> None:
    reports = [usage(prompt_tokens=5, completion_tokens=n) for n in (1, 7, 3)]
    assert seen(*reports).usage == TokenUsage(input=5, output=7)


def test_usage_inside_a_choice_is_found() -> None:
    counters = {"prompt_tokens": 5, "completion_tokens": 2}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": counters}]}
    assert seen(last).usage == TokenUsage(input=5, output=2)


@pytest.mark.parametrize(
    ("delta", "started"),
    [
        ({"role": "assistant"}, False),
        ({"role": "assistant", "content": ""}, False),
        ({"role": "assistant", "content": None}, False),
        ({"content": "x"}, True),
        ({"reasoning_content": "x"}, True),
        ({"reasoning": "x"}, True),
        ({"refusal": "x"}, True),
        ({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": ""}}]}, True),
        ({"tool_calls": [{"index": 0, "custom": {"input": "x"}}]}, True),
        ({"function_call": {"name": "f"}}, True),
        ({"content": [{"type": "text", "text": "x"}]}, True),
        ({"content": "", "images": [{"image_url": {"url": "data:image/png;base64,aGk="}}]}, True),
        ({"content": "", "images": []}, False),
        ({"audio": {"id": "audio_1", "transcript": "x"}}, True),
        ({"audio": {"data": "aGk="}}, True),
        ({"content": "", "audio": None, "images": None}, False),
    ],
)
def test_when_real_output_has_begun(delta: dict[str, Any], started: bool) -> None:
    assert seen(chunk(delta)).started is started


def test_what_is_spoken_counts_by_its_transcript() -> None:
    pieces = [{"transcript": "hé"}, {"data": "A" * 1000}]
    assert seen(*[chunk({"audio": piece}) for piece in pieces]).output_bytes == 3


def test_a_whole_image_in_one_event_is_no_obstacle() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * (3 << 20)}}
    reading = seen(chunk({"content": "", "images": [image]}), usage(prompt_tokens=5, completion_tokens=1290))
    assert (reading.failure, reading.output_bytes) == ("", 0)
    assert reading.usage == TokenUsage(input=5, output=1290)


def test_reasoning_under_two_names_counts_once() -> None:
    assert seen(chunk({"reasoning": "abc", "reasoning_content": "abc"})).output_bytes == 3
    assert seen(chunk({"reasoning": "abc", "reasoning_content": ""})).output_bytes == 3


@pytest.mark.parametrize(
    ("ending", "finished"),
    [
        ([b"data: [DONE]\n\n"], True),
        ([b"data:[DONE]"], True),
        ([b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'], True),
        ([b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":null}]}\n\n'], False),
        ([b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":""}]}\n\n'], False),
        ([b": nothing\n\n"], False),
        ([], False),
    ],
)
def test_when_a_stream_is_finished(ending: list[bytes], finished: bool) -> None:
    reading = CODEC.watch(ASKED)
    for piece in ending:
        reading.feed(piece)
    reading.end()
    assert reading.finished is finished


def test_a_finish_reason_is_not_the_end_while_the_stream_goes_on() -> None:
    reading = CODEC.watch(ASKED)
    reading.feed(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n')
    assert not reading.finished


def test_events_that_cannot_be_read_are_passed_on_and_ignored() -> None:
    reading = CODEC.watch(ASKED)
    for junk in (
        b"data: {nonsense\n\n",
        b"data: 5\n\n",
        b'data: {"choices":7}\n\n',
        b"data: " + b"[" * 9999 + b"\n\n",
    ):
        assert reading.feed(junk) is junk
    reading.feed(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n')
    assert reading.output_bytes == 1


def test_an_error_in_a_document_is_a_failure() -> None:
    assert watch_document(CODEC, WHOLE, {"error": {"message": "no", "code": 502}}).failure == "no"


def test_tool_arguments_of_a_document_count() -> None:
    message = {"content": None, "tool_calls": [{"function": {"name": "f", "arguments": '{"a":"é"}'}}]}
    assert watch_document(CODEC, WHOLE, {"choices": [{"message": message}]}).output_bytes == 10


@pytest.mark.parametrize("document", [b"", b"<html>", b'{"choices":[', b"[]", b'{"choices":5}'])
def test_a_document_that_cannot_be_read_is_a_failure(document: bytes) -> None:
    reading = watch_document(CODEC, WHOLE, document)
    assert reading.failure
    assert not reading.finished
