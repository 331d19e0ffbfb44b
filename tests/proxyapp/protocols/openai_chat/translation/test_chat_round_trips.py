"""What chat can say comes back as it went."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.canonical import Answer, Question, Text
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from tests.proxyapp.protocols.openai_chat.translation.saying import HI, events_in, folded, frame, stream, told
from tests.proxyapp.protocols.openai_chat.translation.strategies import answers, compatible, newest
from tests.wire.transcripts import cut


def back(question: Question) -> Question:
    assert question.ceiling is not None
    written = TRANSLATOR.write_question(question, question.model, question.ceiling)
    assert written.losses == []
    return TRANSLATOR.read_question(written.body, question.model, stream=question.stream)


def test_it_works() -> None:
    question = Question("m", [HI], ceiling=10)
    assert back(question) == question


@given(question=newest())
def test_questions_for_the_newest_models(question: Question) -> None:
    assert back(question) == question


@given(question=compatible())
def test_questions_for_compatible_providers(question: Question) -> None:
    assert back(question) == question


@given(answer=answers())
def test_answers(answer: Answer) -> None:
    assert TRANSLATOR.read_answer(TRANSLATOR.write_answer(answer, frame())) == answer


@given(answer=answers(), size=st.integers(1, 300), piece=st.integers(1, 9))
def test_streams_in_any_pieces(answer: Answer, size: int, piece: int) -> None:
    written = stream(*told(answer, piece))
    events = events_in(written)
    assert folded(events) == answer
    assert events_in(written, size) == events


@given(answer=answers(), size=st.integers(1, 5))
def test_streams_do_not_depend_on_how_events_come(answer: Answer, size: int) -> None:
    events = told(answer)
    writer = TRANSLATOR.write_stream(frame())
    pieces = [writer.write(events[at : at + size]) for at in range(0, len(events), size)]
    assert b"".join(pieces) == stream(*events)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["", "text", "image_url", "user", "tool"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "role", "content", "function", "name", "id"]), inner
        )
    ),
    max_leaves=9,
)


@given(data=st.data(), answer=answers())
def test_no_provider_breaks_a_reader(data: st.DataObject, answer: Answer) -> None:
    delta = msgspec.json.decode(TRANSLATOR.write_answer(answer, frame()))["choices"][0]["message"]
    damaged: dict[str, Any] = {name: data.draw(st.just(value) | JUNK) for name, value in delta.items()}
    document = msgspec.json.encode(
        {"choices": [{"delta": damaged, "message": damaged}], "usage": data.draw(JUNK)}
    )
    events_in(b"data: %b\n\ndata: [DONE]\n\n" % document, 50)
    try:
        TRANSLATOR.read_answer(document)
    except msgspec.DecodeError:
        return


@pytest.mark.parametrize("size", [1, 7])
def test_a_text_of_several_bytes_may_be_cut_anywhere(size: int) -> None:
    written = stream(*told(Answer([Text("世界 – é")], "end")))
    reader = TRANSLATOR.read_stream()
    assert folded([event for piece in cut(written, size) for event in reader.feed(piece)]).parts == [
        Text("世界 – é")
    ]
