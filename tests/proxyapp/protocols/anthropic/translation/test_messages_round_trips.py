"""What Messages can say comes back as it was, and a stream tells the same answer however its bytes arrive."""

from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import Answer, Question, Text
from tests.proxyapp.protocols.anthropic.translation.vocabulary import FRAME, HELLO, MESSAGES
from tests.support.canonical import answers, fold, pieces, questions, streams


def test_it_works() -> None:
    written = TRANSLATOR.write_question(HELLO, "m", 100)
    again = TRANSLATOR.read_question(written.body, "m", stream=False)
    assert (again.turns, again.ceiling, again.losses) == (HELLO.turns, 100, [])


@given(questions(MESSAGES))
def test_a_question_comes_back(question: Question) -> None:
    assert question.ceiling is not None
    written = TRANSLATOR.write_question(question, "m", question.ceiling)
    assert written.losses == []
    assert TRANSLATOR.read_question(written.body, "m", stream=question.stream) == question


@given(answers(MESSAGES))
def test_an_answer_comes_back(answer: Answer) -> None:
    assert TRANSLATOR.read_answer(TRANSLATOR.write_answer(answer, FRAME)) == answer


@given(st.data(), answers(MESSAGES))
def test_a_stream_comes_back_in_any_pieces(data: st.DataObject, answer: Answer) -> None:
    writer, reader = TRANSLATOR.write_stream(FRAME), TRANSLATOR.read_stream()
    events = data.draw(streams(answer))
    written = b"".join([writer.write([event]) for event in events])
    read = [event for piece in data.draw(pieces(written)) for event in reader.feed(piece)]
    assert fold([*read, *reader.end()]) == answer


def test_a_text_of_every_kind_of_character_comes_back() -> None:
    text = "".join(map(chr, [*range(0x250), 0x2028, 0x2029, 0xFFFD, 0x1F600]))
    answer = Answer([Text(text)], "end")
    assert TRANSLATOR.read_answer(TRANSLATOR.write_answer(answer, FRAME)).parts == answer.parts
