"""What is written in this protocol is read back as the same."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyapp.protocols.canonical import Answer, Question, Text
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from tests.proxyapp.protocols.openai_responses.translation.saying import HELLO, fold, frame, streamed
from tests.proxyapp.protocols.openai_responses.translation.strategies import answers, questions

busy = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
"""The machine may have other things to do."""


def test_it_works() -> None:
    written = TRANSLATOR.write_question(HELLO, "m", 100)
    again = TRANSLATOR.read_question(written.body, "m", stream=False)
    assert again.turns == HELLO.turns


@busy
@given(question=questions())
def test_questions(question: Question) -> None:
    assert question.ceiling
    written = TRANSLATOR.write_question(question, question.model, question.ceiling)
    again = TRANSLATOR.read_question(written.body, question.model, stream=question.stream)
    assert written.losses == []
    assert again == question


@busy
@given(answer=answers())
def test_answers(answer: Answer) -> None:
    assert TRANSLATOR.read_answer(TRANSLATOR.write_answer(answer, frame())) == answer


@busy
@given(answer=answers())
def test_a_stream_says_the_same_as_the_answer(answer: Answer) -> None:
    assert fold(streamed(answer)) == answer


@busy
@given(answer=answers(), data=st.data())
def test_streams_in_any_pieces(answer: Answer, data: st.DataObject) -> None:
    written = TRANSLATOR.write_stream(frame()).write(streamed(answer))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=8)))
    reader = TRANSLATOR.read_stream()
    events = [
        event
        for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)
        for event in reader.feed(written[a:b])
    ]
    assert fold(events + reader.end()) == answer


@busy
@given(answer=answers())
def test_a_document_and_a_stream_hold_the_same_items(answer: Answer) -> None:
    document = TRANSLATOR.write_answer(answer, frame())
    stream = TRANSLATOR.write_stream(frame()).write(streamed(answer))
    assert document in stream


def test_a_stream_may_be_written_event_by_event() -> None:
    events = streamed(Answer(parts=[Text(text="Hello")], stop="end"))
    writer = TRANSLATOR.write_stream(frame())
    assert b"".join(writer.write([event]) for event in events) == TRANSLATOR.write_stream(frame()).write(
        events
    )
