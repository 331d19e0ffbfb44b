"""Usage and the course of Gemini answers, beyond the transcripts."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.base import Reading
from proxyapp.protocols.gemini import CODEC
from proxyapp.protocols.gemini.array import Elements
from proxyapp.protocols.gemini.embeddings import EMBEDDINGS
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.asking import ask, watch_document, watch_events

CALL = ask(CODEC, {}, verb="streamGenerateContent", query="alt=sse")
ARRAY = ask(CODEC, {}, verb="streamGenerateContent")
WHOLE = ask(CODEC, {}, verb="generateContent")


def chunk(*parts: Any, **others: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, **others}]}


def usage(**counters: Any) -> dict[str, Any]:
    return {"usageMetadata": counters}


def seen(*events: Any) -> Reading:
    return watch_events(CODEC, CALL, list(events))


def test_it_works() -> None:
    reading = seen(chunk({"text": "hé"}), usage(promptTokenCount=5, candidatesTokenCount=2))
    assert reading.usage == TokenUsage(input=5, output=2)
    assert reading.output_bytes == 3


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"promptTokenCount": 5}, TokenUsage(input=5)),
        ({"promptTokenCount": 0, "candidatesTokenCount": 0}, TokenUsage()),
        ({"trafficType": "ON_DEMAND"}, None),
        ({"candidatesTokenCount": 5}, None),
        (
            {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 60,
                "toolUsePromptTokenCount": 7,
                "candidatesTokenCount": 5,
                "thoughtsTokenCount": 3,
            },
            TokenUsage(input=47, cache_read=60, output=8, reasoning=3),
        ),
        (
            {
                "promptTokenCount": 5,
                "candidatesTokenCount": 9,
                "thoughtsTokenCount": 4,
                "totalTokenCount": 14,
            },
            TokenUsage(input=5, output=9, reasoning=4),
        ),
        ({"promptTokenCount": 5, "candidatesTokenCount": -2}, None),
        ({"promptTokenCount": 10**12}, None),
        ({"promptTokenCount": "5"}, None),
    ],
)
def test_what_a_report_is_worth(report: dict[str, Any], expected: TokenUsage | None) -> None:
    assert seen(usage(**report)).usage == expected


def test_the_largest_of_repeated_reports_counts() -> None:
    reports = [usage(promptTokenCount=5, candidatesTokenCount=n) for n in (1, 7, 3)]
    assert seen(*reports).usage == TokenUsage(input=5, output=7)


@pytest.mark.parametrize(
    ("part", "started"),
    [
        ({"text": ""}, False),
        ({"text": "x"}, True),
        ({"text": "x", "thought": True}, True),
        ({"functionCall": {"name": "f"}}, True),
        ({"inlineData": {"mimeType": "image/png", "data": "aGk="}}, True),
        ({"executableCode": {"language": "PYTHON", "code": "1"}}, True),
        ({"thoughtSignature": "x"}, False),
    ],
)
def test_when_real_output_has_begun(part: dict[str, Any], started: bool) -> None:
    assert seen(chunk(part)).started is started


def test_media_are_not_counted_by_their_bytes() -> None:
    assert seen(chunk({"inlineData": {"mimeType": "image/png", "data": "A" * 1000}})).output_bytes == 0


def test_a_whole_image_in_one_event_is_no_obstacle() -> None:
    image = chunk({"inlineData": {"mimeType": "image/png", "data": "A" * (3 << 20)}}, finishReason="STOP")
    reading = seen({**image, **usage(promptTokenCount=5, candidatesTokenCount=1290)})
    assert (reading.failure, reading.finished) == ("", True)
    assert reading.usage == TokenUsage(input=5, output=1290)


def test_an_answer_is_finished_when_each_candidate_is() -> None:
    call = ask(
        CODEC, {"generationConfig": {"candidateCount": 2}}, verb="streamGenerateContent", query="alt=sse"
    )
    reading = CODEC.watch(call)
    reading.feed(b'data: {"candidates":[{"finishReason":"STOP"},{"index":1}]}\r\n\r\n')
    assert not reading.finished
    reading.feed(b'data: {"candidates":[{"finishReason":"MAX_TOKENS","index":1}]}\r\n\r\n')
    assert reading.finished


def test_fewer_candidates_than_asked_for_are_finished_at_the_end() -> None:
    call = ask(
        CODEC, {"generationConfig": {"candidateCount": 2}}, verb="streamGenerateContent", query="alt=sse"
    )
    assert watch_events(CODEC, call, [chunk({"text": "x"}, finishReason="STOP")]).finished


@pytest.mark.parametrize("reason", [None, "", "FINISH_REASON_UNSPECIFIED"])
def test_a_stream_without_a_finish_reason_is_not_finished(reason: str | None) -> None:
    assert not seen(chunk({"text": "x"})).finished
    assert not seen(chunk({"text": "x"}, finishReason=reason)).finished


def test_a_blocked_prompt_is_finished() -> None:
    assert seen({"promptFeedback": {"blockReason": "SAFETY"}}).finished


def test_an_error_without_an_array_round_it_is_a_failure() -> None:
    assert watch_document(CODEC, ARRAY, {"error": {"message": "no"}}).failure == "no"


def test_an_element_too_large_ends_the_reading() -> None:
    elements = Elements(limit=50)
    assert elements.feed(b'[{"a":1},{"b":"' + b"x" * 60) == [b'{"a":1}']
    assert elements.overflown
    assert elements.feed(b'"},{"c":1}]') == []


json_values = st.recursive(
    st.text(alphabet='ab"\\{}[],:é \n', max_size=8) | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    values=st.lists(st.dictionaries(st.text(max_size=3), json_values, max_size=3), max_size=4),
    size=st.integers(1, 30),
    limit=st.sampled_from([20, 1000]),
)
def test_any_chunking_of_an_array_gives_the_same_elements(values: list[Any], size: int, limit: int) -> None:
    written = [msgspec.json.encode(value) for value in values]
    stream = b"[" + b"\n,\r\n".join(written) + b"\n]"
    large = next((index for index, element in enumerate(written) if len(element) > limit), None)
    elements = Elements(limit)
    found = [e for start in range(0, len(stream), size) for e in elements.feed(stream[start : start + size])]
    assert found == written[:large]
    assert elements.overflown is (large is not None)


@given(
    junk=st.lists(
        st.binary(max_size=20) | st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\"]), max_size=20
    )
)
def test_junk_does_no_harm(junk: list[bytes]) -> None:
    reading = CODEC.watch(ARRAY)
    assert b"".join(map(reading.feed, junk)) + reading.end() == b"".join(junk)


@pytest.mark.parametrize("document", [b"", b"<html>", b'{"candidates":[', b"[]", b'{"candidates":5}'])
def test_a_document_that_cannot_be_read_is_a_failure(document: bytes) -> None:
    reading = watch_document(CODEC, WHOLE, document)
    assert reading.failure
    assert not reading.finished


@pytest.mark.parametrize("name", ["error", "usageMetadata"])
def test_numbers_out_of_range_make_a_document_unreadable(name: str) -> None:
    body = msgspec.json.encode({"content": {"parts": [{"text": "x"}]}})
    call = EMBEDDINGS.read(body, "m", "embedContent", "")
    reading = watch_document(EMBEDDINGS, call, b'{"%b":{"x":1e999}}' % name.encode())
    assert (reading.failure, reading.finished) == ("The upstream sent an answer that cannot be read.", False)
