"""What chat providers answer, whole and as a stream, with the habits of those that are only compatible."""

from typing import Any

import msgspec
import pytest

from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Citation,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Part,
    Refusal,
    Seal,
    Stop,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from proxyapp.protocols.sse import MAX_IMAGE_EVENT, write_event
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_chat.translation.saying import events_in, folded
from tests.wire.transcripts import TRANSCRIPTS, Transcript, cut

CHAT = [each for each in TRANSCRIPTS if each.codec.name == "openai_chat"]
STREAMS = [each for each in CHAT if each.is_sse]
PLAIN = Seal("openai_chat", "")


def whole(message: dict[str, Any], reason: Any = "stop", **others: Any) -> Answer:
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return TRANSLATOR.read_answer(msgspec.json.encode({"choices": [choice], **others}))


def chunk(delta: Any, reason: Any = None, **others: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **others}


def events(*payloads: Any, done: bool = True) -> list[Event]:
    stream = b"".join(map(write_event, payloads))
    return events_in(stream + b"data: [DONE]\n\n" if done else stream)


def parts(*deltas: dict[str, Any]) -> list[Part]:
    return folded(events(*map(chunk, deltas))).parts


def call(index: int | None, call_id: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    said = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [said]}


def named(transcript: Transcript) -> str:
    return transcript.name


def test_it_works() -> None:
    assert events(
        chunk({"role": "assistant", "content": "", "refusal": None}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
    ) == [
        Begun(),
        Opened(0, Text("")),
        Added(0, "Hel"),
        Added(0, "lo"),
        Closed(0),
        Ended("end", TokenUsage(input=5, output=2)),
    ]


@pytest.mark.parametrize("size", [1, 3, 64, 1000])
@pytest.mark.parametrize("transcript", STREAMS, ids=named)
def test_transcripts_in_pieces(transcript: Transcript, size: int) -> None:
    reader = TRANSLATOR.read_stream()
    found = [event for piece in cut(transcript.answer, size) for event in reader.feed(piece)] + reader.end()
    assert found == events_in(transcript.answer)


@pytest.mark.parametrize("transcript", CHAT, ids=named)
def test_usage_of_transcripts(transcript: Transcript) -> None:
    usage, failure = transcript.expected["usage"], transcript.expected["failure"]
    if transcript.is_sse:
        last = events_in(transcript.answer)[-1]
        assert isinstance(last, Ended) == (not failure)
        found = last.usage if isinstance(last, Ended) else None
    else:
        found = TRANSLATOR.read_answer(transcript.answer).usage
    assert found == (TokenUsage(**usage) if usage else None)


def test_reasoning_of_deepseek() -> None:
    said = parts(
        {"role": "assistant", "content": None, "reasoning_content": ""},
        {"content": None, "reasoning_content": "We "},
        {"content": None, "reasoning_content": "need"},
        {"content": "The", "reasoning_content": None},
    )
    assert said == [Thinking("We need", seal=PLAIN), Text("The")]


def test_reasoning_under_both_names_is_read_once() -> None:
    assert parts({"reasoning_content": "Hm", "reasoning": "Hm"}) == [Thinking("Hm", seal=PLAIN)]
    assert whole({"content": "", "reasoning": "Hm"}).parts == [Thinking("Hm", seal=PLAIN)]


def test_details_come_in_fragments() -> None:
    def detail(**said: Any) -> dict[str, Any]:
        return {"reasoning": said.get("text"), "reasoning_details": [{"index": 0, **said}]}

    (thinking, text) = parts(
        detail(type="reasoning.text", text="We ", format="f"),
        detail(type="reasoning.text", text="need", signature=None),
        detail(type="reasoning.text", text=None, signature="s"),
        {"content": "The"},
    )
    assert isinstance(thinking, Thinking)
    assert thinking.text == "We need"
    assert thinking.seal is not None
    assert msgspec.json.decode(thinking.seal.value) == [
        {"index": 0, "type": "reasoning.text", "text": "We need", "format": "f", "signature": "s"}
    ]
    assert text == Text("The")


def test_details_of_any_shape_are_kept() -> None:
    details = [{"": "x"}, {"type": ["reasoning.text"]}, {"type": "reasoning.text", "text": 7}]
    (thinking,) = parts({"reasoning_details": [*details, "x"]})
    assert thinking == Thinking(seal=Seal("openai_chat", msgspec.json.encode(details).decode()))


def test_details_behind_the_text_are_kept() -> None:
    encrypted = [{"type": "reasoning.encrypted", "data": "x"}]
    (text, thinking) = parts({"content": "Hi"}, {"content": "", "reasoning_details": encrypted})
    assert text == Text("Hi")
    assert thinking == Thinking(seal=Seal("openai_chat", '[{"type":"reasoning.encrypted","data":"x"}]'))


def test_parallel_calls() -> None:
    said = parts(
        call(0, "a", "f", ""), call(0, None, None, "{"), call(0, None, None, "}"), call(1, "b", "g", "[]")
    )
    assert said == [ToolUse("a", "f", "{}"), ToolUse("b", "g", "[]")]


def test_calls_that_are_interleaved() -> None:
    said = parts(
        call(0, "a", "f", ""), call(1, "b", "g", ""), call(0, None, None, "{}"), call(1, None, None, "[]")
    )
    assert said == [ToolUse("a", "f", "{}"), ToolUse("b", "g", "[]")]


def test_pieces_without_an_index_go_on_with_the_latest_call() -> None:
    said = parts(call(0, "a", "f", ""), call(None, None, None, '{"x":'), call(None, "a", "f", "1}"))
    assert said == [ToolUse("a", "f", '{"x":1}')]


@pytest.mark.parametrize("index", [0, None])
def test_whole_calls_with_one_index_for_all(index: int | None) -> None:
    said = parts(call(index, "a", "f", "{}"), call(index, "b", "g", "[]"))
    assert said == [ToolUse("a", "f", "{}"), ToolUse("b", "g", "[]")]


def test_another_name_is_another_call() -> None:
    said = parts(call(0, "", "f", "{}"), call(0, "", "g", "[]"))
    named = [(use.name, use.arguments) for use in said if isinstance(use, ToolUse)]
    assert named == [("f", "{}"), ("g", "[]")]


def test_name_and_id_in_every_piece() -> None:
    assert parts(call(0, "a", "f", "{"), call(0, "a", "f", "}")) == [ToolUse("a", "f", "{}")]


def test_calls_without_ids_get_some() -> None:
    said = parts(call(None, None, "f", "{}"), call(None, "", "g", {"a": 1}))
    ids = [use.id for use in said if isinstance(use, ToolUse)]
    assert len(set(ids)) == 2
    assert [use.arguments for use in said if isinstance(use, ToolUse)] == ["{}", '{"a":1}']


def test_custom_tools() -> None:
    start = {"tool_calls": [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": ""}}]}
    more = {"tool_calls": [{"index": 0, "custom": {"input": "text"}}]}
    assert parts(start, more) == [ToolUse("a", "f", "text", custom=True)]


def test_a_function_call_in_the_old_words() -> None:
    said = parts({"function_call": {"name": "f", "arguments": ""}}, {"function_call": {"arguments": "{}"}})
    assert [(use.name, use.arguments) for use in said if isinstance(use, ToolUse)] == [("f", "{}")]
    answer = whole({"content": None, "function_call": {"name": "f", "arguments": "{}"}}, "function_call")
    assert answer.stop == "tool_use"


def test_the_signature_of_gemini_stands_before_its_call() -> None:
    extra = {"google": {"thought_signature": "s"}}
    called = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}, "extra_content": extra}
    seal = Seal("openai_chat", '{"extra_content":{"google":{"thought_signature":"s"}}}')
    expected = [Thinking(seal=seal), ToolUse("a", "f", "{}")]
    assert parts({"tool_calls": [called]}) == expected
    assert whole({"content": None, "tool_calls": [called]}).parts == expected


def test_sources_belong_to_the_text_they_are_of() -> None:
    source = {
        "type": "url_citation",
        "url_citation": {"url": "https://a.b", "start_index": 2, "end_index": 4},
    }
    said = parts({"content": "Hi"}, {"reasoning": "Hm"}, {"content": "Yo"}, {"annotations": [source, 7]})
    assert said[2] == Text("Yo", citations=[Citation(url="https://a.b", start=0, end=2)])


def test_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    assert parts({"images": [image]}) == [Media("image", "image/png", "AAAA")]
    assert whole({"content": None, "images": [image]}).parts == [Media("image", "image/png", "AAAA")]


def test_content_in_parts() -> None:
    assert whole({"content": [{"type": "text", "text": "Hi"}, {"type": "other"}]}).parts == [Text("Hi")]


@pytest.mark.parametrize(
    ("reason", "message", "stop"),
    [
        ("stop", {"content": "x"}, "end"),
        ("length", {"content": "x"}, "length"),
        ("content_filter", {"content": None}, "filter"),
        ("tool_calls", call(0, "a", "f", "{}"), "tool_use"),
        ("stop", call(0, "a", "f", "{}"), "tool_use"),
        ("stop", {"refusal": "No."}, "refusal"),
        ("max_tokens", {"content": "x"}, "length"),
        ("eos", {"content": "x"}, "end"),
        (None, {"content": "x"}, "end"),
    ],
)
def test_stops(reason: Any, message: dict[str, Any], stop: Stop) -> None:
    assert whole(message, reason).stop == stop
    last = events(chunk(message, reason))[-1]
    assert isinstance(last, Ended)
    assert last.stop == stop


def test_refusals() -> None:
    assert parts({"refusal": "N"}, {"refusal": "o."}) == [Refusal("No.")]


def test_usage_inside_a_choice() -> None:
    report = {"prompt_tokens": 5, "completion_tokens": 2}
    choice = {"index": 0, "delta": {"content": "x"}, "finish_reason": "stop", "usage": report}
    last = events({"choices": [choice]})[-1]
    assert last == Ended("end", TokenUsage(input=5, output=2))


def test_usage_that_cannot_be_true_is_none() -> None:
    assert whole({"content": "x"}, usage={"prompt_tokens": -5, "completion_tokens": 2}).usage is None


def test_other_choices_are_passed_over() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "b"}}]}
    assert folded(events(chunk({"content": "a"}), other)).parts == [Text("a")]


def test_a_stream_may_end_without_done() -> None:
    assert isinstance(events(chunk({"content": "x"}, "stop"), done=False)[-1], Ended)


def test_a_stream_that_breaks_off_has_no_end() -> None:
    assert events(chunk({"content": "x"}), done=False)[-1] == Added(0, "x")


@pytest.mark.parametrize("failure", [{"error": {"message": "x"}}, chunk({}, "error")])
def test_a_stream_that_failed_has_no_end(failure: Any) -> None:
    assert not any(isinstance(event, Ended) for event in events(chunk({"content": "x"}), failure))


def test_broken_events_are_passed_over() -> None:
    stream = b'data: {"choices": 7}\n\ndata: {\n\ndata: nul\xff\n\n: comment\n\nevent: ping\ndata: {}\n\n'
    assert events_in(stream + write_event(chunk({"content": "x"}, "stop")))[-1] == Ended("end")


def test_nothing_is_read_behind_an_event_that_is_too_large() -> None:
    stream = write_event(chunk({"content": "x" * MAX_IMAGE_EVENT})) + write_event(
        chunk({"content": "y"}, "stop")
    )
    assert events_in(stream) == []


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"choices":[]}', b'{"choices":[7]}', b"\xff"])
def test_an_answer_that_cannot_be_read(document: bytes) -> None:
    with pytest.raises(BROKEN):
        TRANSLATOR.read_answer(document)
