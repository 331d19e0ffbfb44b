"""Answers for chat clients, whole and as a stream, byte for byte where it matters."""

import msgspec
import pytest

from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Question,
    Refusal,
    Stop,
    Text,
    Thinking,
    Tool,
    ToolUse,
)
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_chat.translation.saying import (
    CALL_ID,
    HI,
    chunks,
    frame,
    message,
    stream,
    told,
)

USAGE = TokenUsage(input=1, cache_read=2, cache_write_5m=3, cache_write_1h=4, output=9, reasoning=5)
CUSTOM = Question("m", [HI], tools=[Tool("patch", custom=True), Tool("f")])
OLD = Question("m", [HI], tools=[Tool("f")], legacy=True)


def test_it_works() -> None:
    document = msgspec.json.decode(TRANSLATOR.write_answer(Answer([Text("Hi")], "end", USAGE), frame()))
    assert document == {
        "id": f"chatcmpl-{CALL_ID}",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 9,
            "total_tokens": 19,
            "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0, "cache_write_tokens": 7},
            "completion_tokens_details": {
                "reasoning_tokens": 5,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
    }


def test_a_stream_byte_for_byte() -> None:
    head = (
        b'data: {"id":"chatcmpl-%b","object":"chat.completion.chunk","created":1760000000,"model":"m",'
        % CALL_ID.encode()
    )
    events: list[Event] = [Begun(), Opened(0, Text("")), Added(0, 'é"'), Closed(0), Ended("end", USAGE)]
    delta = head + b'"choices":[{"index":0,"delta":%b,"logprobs":null,"finish_reason":%b}],"usage":null}'
    assert stream(*events).decode().split("\n\n")[:3] == [
        (delta % (b'{"role":"assistant","content":"","refusal":null}', b"null")).decode(),
        (delta % ('{"content":"é\\""}'.encode(), b"null")).decode(),
        (delta % (b"{}", b'"stop"')).decode(),
    ]
    usage, done, rest = stream(*events).decode().split("\n\n")[3:]
    assert msgspec.json.decode(usage[6:])["usage"]["total_tokens"] == 19
    assert msgspec.json.decode(usage[6:])["choices"] == []
    assert (done, rest) == ("data: [DONE]", "")


def test_usage_is_told_to_whom_asked_for_it() -> None:
    assert b"usage" not in stream(Begun(), Ended("end", USAGE), wants_usage=False)
    assert b'"total_tokens":19' in stream(Begun(USAGE), Ended("end"))


def test_nothing_is_written_after_the_end() -> None:
    writer = TRANSLATOR.write_stream(frame())
    writer.write([Begun(), Opened(0, Text("")), Ended("end")])
    assert writer.write([Added(0, "x"), Ended("end")]) == b""


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("end", "stop"),
        ("length", "length"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("filter", "content_filter"),
        ("refusal", "content_filter"),
        ("pause", "stop"),
    ],
)
def test_stops(stop: Stop, reason: str) -> None:
    document = msgspec.json.decode(TRANSLATOR.write_answer(Answer([], stop), frame()))
    assert document["choices"][0]["finish_reason"] == reason
    assert b'"finish_reason":"%b"' % reason.encode() in stream(Begun(), Ended(stop))


def test_a_refusal_in_words_is_an_end() -> None:
    answer = Answer([Refusal("No.")], "refusal")
    document = msgspec.json.decode(TRANSLATOR.write_answer(answer, frame()))
    assert document["choices"][0]["finish_reason"] == "stop"
    assert b'"finish_reason":"stop"' in stream(*told(answer))


def test_calls_are_numbered_in_a_stream() -> None:
    answer = Answer([ToolUse("a", "f", '{"x":1}'), ToolUse("b", "g", "")], "tool_use")
    opened = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}
    deltas = [delta["tool_calls"][0] for delta in chunks(*told(answer))]
    assert deltas[0] == opened
    assert deltas[1] == {"index": 0, "function": {"arguments": '{"x'}}
    assert deltas[-2:] == [
        {**opened, "index": 1, "id": "b", "function": {"name": "g", "arguments": ""}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]


def test_a_custom_tool_that_was_a_function_is_given_back_its_text() -> None:
    answer = Answer([ToolUse("a", "patch", '{"input":"free text"}')], "tool_use")
    expected = {"id": "a", "type": "custom", "custom": {"name": "patch", "input": "free text"}}
    assert message(answer, CUSTOM)["tool_calls"] == [expected]
    deltas = [delta["tool_calls"][0] for delta in chunks(*told(answer), question=CUSTOM)]
    assert deltas == [
        {"index": 0, **expected, "custom": {"name": "patch", "input": ""}},
        {"index": 0, "custom": {"input": "free text"}},
    ]


def test_a_function_that_was_called_as_custom_is_given_an_object() -> None:
    answer = Answer([ToolUse("a", "f", "x", custom=True)], "tool_use")
    assert message(answer, CUSTOM)["tool_calls"][0]["function"]["arguments"] == '{"input":"x"}'
    assert chunks(*told(answer), question=CUSTOM)[1]["tool_calls"][0]["function"] == {
        "arguments": '{"input":"x"}'
    }


def test_whoever_asked_in_the_old_words_is_answered_in_them() -> None:
    answer = Answer([ToolUse("a", "f", "{}")], "tool_use")
    assert message(answer, OLD)["function_call"] == {"name": "f", "arguments": "{}"}
    assert b'"finish_reason":"function_call"' in stream(*told(answer), question=OLD)
    assert chunks(*told(answer), question=OLD) == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
    ]


def test_more_calls_than_the_old_words_have() -> None:
    answer = Answer([ToolUse("a", "f", "{}"), ToolUse("b", "f", "{}")], "tool_use")
    assert [call["id"] for call in message(answer, OLD)["tool_calls"]] == ["a", "b"]


def test_sources_are_counted_over_all_texts() -> None:
    source = Citation(url="https://a.b", title="T", start=0, end=2)
    answer = Answer([Text("One. "), Text("Hi", citations=[source])], "end")
    said = {"start_index": 5, "end_index": 7, "url": "https://a.b", "title": "T"}
    assert message(answer)["annotations"] == [{"type": "url_citation", "url_citation": said}]
    assert {"annotations": [{"type": "url_citation", "url_citation": said}]} in chunks(*told(answer))


def test_a_source_of_no_page_is_not_told() -> None:
    event = Cited(0, Citation(quote="from a document"))
    assert chunks(Begun(), Opened(0, Text("")), event, Ended("end")) == []


def test_images() -> None:
    image = Media("image", "image/png", "AAAA")
    said = {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}
    assert message(Answer([image], "end"))["images"] == said["images"]
    assert chunks(Begun(), Opened(0, image), Closed(0), Ended("end")) == [said]


def test_parts_may_overlap_and_stay_open() -> None:
    deltas = chunks(
        Begun(),
        Opened(0, ToolUse("a", "f", "")),
        Opened(1, ToolUse("b", "g", "")),
        Added(1, "[]"),
        Opened(2, Thinking()),
        Added(0, "{}"),
        Added(2, "Hm"),
        Added(9, "of no part"),
        Ended("tool_use"),
    )
    assert deltas[2:] == [
        {"tool_calls": [{"index": 1, "function": {"arguments": "[]"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
        {"reasoning_content": "Hm"},
    ]
