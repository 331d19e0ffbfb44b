"""What Gemini's protocol can say is read as it was written."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from proxyapp.protocols.canonical import (
    Answer,
    Media,
    Question,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.protocols.translator import Frame
from tests.proxyapp.protocols.gemini.translation.saying import FRAME, MODEL, fold, read_stream, unfold
from tests.proxyapp.protocols.gemini.translation.values import answers, questions

NEWEST, COUNTING = "gemini-3.8-flash", "gemini-2.5-flash"


def again(question: Question) -> Question:
    written = TRANSLATOR.write_question(question, question.model, question.ceiling or 1)
    assert written.losses == []
    return TRANSLATOR.read_question(written.body, question.model, stream=question.stream)


def without_media_in_results(question: Question) -> bool:
    parts = [part for turn in question.turns for part in turn.parts if isinstance(part, ToolResult)]
    return not any(isinstance(each, Media) for part in parts for each in part.content)


def test_it_works() -> None:
    use, result = ToolUse("1", "look", '{"at":"sky"}'), ToolResult("1", "look", [Text("blue")])
    turns = [Turn("user", [Text("a")]), Turn("assistant", [Thinking("Hm."), use]), Turn("user", [result])]
    question = Question(MODEL, turns, ceiling=5)
    assert again(question) == question


@settings(max_examples=100, deadline=None)
@given(questions(NEWEST))
def test_questions(question: Question) -> None:
    assert again(question) == question


@settings(max_examples=50, deadline=None)
@given(questions(COUNTING))
def test_questions_to_models_that_count(question: Question) -> None:
    assume(without_media_in_results(question))
    assert again(question) == question


@settings(max_examples=100, deadline=None)
@given(answers())
def test_answers(answer: Answer) -> None:
    assert TRANSLATOR.read_answer(TRANSLATOR.write_answer(answer, FRAME)) == answer


@settings(max_examples=100, deadline=None)
@given(answers(), st.integers(1, 400), st.integers(1, 9))
def test_streams(answer: Answer, size: int, piece: int) -> None:
    data = TRANSLATOR.write_stream(FRAME).write(unfold(answer, piece))
    assert fold(read_stream(data, size)) == answer


@pytest.mark.parametrize("sse", [True, False])
def test_a_stream_written_bit_by_bit_is_the_same(sse: bool) -> None:
    answer = Answer([Thinking("Hm."), Text("Über alles"), ToolUse("1", "look", "{}")], "tool_use")
    frame = Frame(FRAME.call_id, MODEL, FRAME.created, FRAME.question, sse=sse)
    whole, pieces = TRANSLATOR.write_stream(frame), TRANSLATOR.write_stream(frame)
    events = unfold(answer)
    assert b"".join([pieces.write([event]) for event in events]) == whole.write(events)
