"""Whole answers of OpenAI's."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.canonical import (
    Answer,
    Citation,
    Media,
    Part,
    Refusal,
    Seal,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from proxyapp.usage import TokenUsage

USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 120,
}


def answer(*output: Any, **members: Any) -> Answer:
    document = {"object": "response", "status": "completed", "output": list(output), **members}
    return TRANSLATOR.read_answer(msgspec.json.encode(document))


def message(*content: Any) -> Any:
    return {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": list(content),
    }


TEXT = {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "ls", "arguments": "{}"}


def test_it_works() -> None:
    usage = TokenUsage(input=30, cache_read=60, cache_write_5m=10, output=20, reasoning=5)
    assert answer(message(TEXT), usage=USAGE) == Answer(parts=[Text(text="Hi")], stop="end", usage=usage)


@pytest.mark.parametrize(
    ("item", "part"),
    [
        (message({"type": "refusal", "refusal": "No."}), Refusal(text="No.")),
        (CALL, ToolUse(id="c1", name="ls", arguments="{}")),
        ({**CALL, "namespace": "a"}, ToolUse(id="c1", name="a__ls", arguments="{}")),
        (
            {"type": "custom_tool_call", "call_id": "c1", "name": "p", "input": "+x"},
            ToolUse(id="c1", name="p", arguments="+x", custom=True),
        ),
        (
            {"type": "reasoning", "summary": [{"text": "a"}, {"text": "b"}], "encrypted_content": "gAAA"},
            Thinking(text="a\n\nb", seal=Seal(origin="openai_responses", value="gAAA")),
        ),
        (
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
            Thinking(text="hm"),
        ),
        (
            {"type": "image_generation_call", "result": "aGk=", "output_format": "webp"},
            Media(kind="image", media_type="image/webp", data="aGk="),
        ),
    ],
)
def test_items(item: Any, part: Part) -> None:
    assert answer(item).parts == [part]


def test_citations() -> None:
    notes = [
        {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 2},
        {"type": "file_citation", "file_id": "file-1", "filename": "a.pdf", "index": 3},
        {"type": "file_path", "file_id": "file-1", "index": 3},
        5,
    ]
    (text,) = answer(message({**TEXT, "annotations": notes})).parts
    assert text == Text(
        text="Hi", citations=[Citation(url="https://h", title="H", start=0, end=2), Citation(title="a.pdf")]
    )


@pytest.mark.parametrize(
    ("output", "members", "stop"),
    [
        ([CALL], {}, "tool_use"),
        ([message({"type": "refusal", "refusal": "No."})], {}, "refusal"),
        ([], {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ([], {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "filter"),
        ([], {"status": "incomplete", "incomplete_details": 5}, "length"),
        ([CALL], {"status": "incomplete", "incomplete_details": None}, "length"),
    ],
)
def test_stops(output: list[Any], members: Any, stop: str) -> None:
    assert answer(*output, **members).stop == stop


@pytest.mark.parametrize("item", [{"type": "web_search_call", "id": "ws_1"}, {"type": "new"}, {"type": 5}, 5])
def test_what_is_unknown_or_broken_is_skipped(item: Any) -> None:
    assert answer(item, message(TEXT)).parts == [Text(text="Hi")]


@pytest.mark.parametrize("usage", [None, 5, {"input_tokens": -1, "output_tokens": 1}, {"input_tokens": 1}])
def test_usage_that_cannot_be_true_is_none(usage: Any) -> None:
    assert answer(usage=usage).usage is None


def test_a_seal_is_kept_as_it_is_whatever_it_looks_like() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "tollgate:anthropic:x"}
    seal = Seal(origin="openai_responses", value="tollgate:anthropic:x")
    assert answer(item).parts == [Thinking(seal=seal)]


@pytest.mark.parametrize("document", [b"", b"[]", b'{"output":5}', b"\xff", b"<html>"])
def test_an_answer_that_cannot_be_read(document: bytes) -> None:
    with pytest.raises(BROKEN):
        TRANSLATOR.read_answer(document)
