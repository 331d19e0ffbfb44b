"""A provider may send anything: no reading fails, holds much, or depends on how the bytes were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.base import Reading
from proxyapp.protocols.reading import MAX_DOCUMENT
from tests.wire.transcripts import CODECS, TRANSCRIPTS, Transcript, cut, said

STREAMS = [transcript for transcript in TRANSCRIPTS if transcript.answer_path.name.startswith("stream")]
JUNK = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"\r",
        b'"',
        b"\\",
        b"{",
        b"}",
        b"data: ",
        b"null",
        b"-1",
        b"\xff",
        b"\x00",
        b"[DONE]",
        b'"usage":',
    ]
)


def named(transcript: Transcript) -> str:
    return transcript.name


def whole_and_cut(transcript: Transcript, stream: bytes, pieces: list[bytes]) -> None:
    whole, passed_whole = transcript.watch([stream])
    parts, passed_parts = transcript.watch(pieces)
    assert said(parts) == said(whole)
    assert passed_parts == passed_whole


def test_it_works() -> None:
    transcript = STREAMS[0]
    whole_and_cut(transcript, transcript.answer, cut(transcript.answer, 10))


@pytest.mark.parametrize("transcript", STREAMS, ids=named)
@given(data=st.data())
def test_damaged_streams_are_read_alike_in_any_pieces(transcript: Transcript, data: st.DataObject) -> None:
    stream = transcript.answer
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(stream)))
        stream = stream[:place] + data.draw(JUNK) + stream[place + data.draw(st.integers(0, 9)) :]
    events = [event + b"\n\n" for event in stream.split(b"\n\n")]
    whole_and_cut(transcript, stream, cut(stream, data.draw(st.integers(1, 400))))
    whole_and_cut(transcript, b"".join(events), events)


@pytest.mark.parametrize("transcript", STREAMS, ids=named)
@given(junk=st.lists(st.binary(max_size=30) | JUNK, max_size=20))
def test_junk_is_passed_on_and_does_no_harm(transcript: Transcript, junk: list[bytes]) -> None:
    _, passed = transcript.watch(junk)
    assert passed == b"".join(junk)


@pytest.mark.parametrize("transcript", STREAMS, ids=named)
def test_an_event_without_end_is_not_held_for_ever(transcript: Transcript) -> None:
    reading: Reading = CODECS[transcript.codec.name].watch(transcript.call())
    reading.feed(b'[{"data: ')
    piece = b"x" * (1 << 19)
    for _ in range(40):
        reading.feed(piece)
    assert "too large" in reading.failure
    assert not reading.finished


@pytest.mark.parametrize("name", list(CODECS))
def test_a_document_without_end_is_not_held_for_ever(name: str) -> None:
    transcript = next(t for t in TRANSCRIPTS if t.codec.name == name and t.answer_path.name == "answer.json")
    piece = b" " * (1 << 22)
    reading, passed = transcript.watch([piece] * (MAX_DOCUMENT // len(piece) + 1))
    assert "too large" in reading.failure
    assert len(passed) > MAX_DOCUMENT


def test_an_error_event_with_a_broken_byte_is_still_an_error() -> None:
    reading: Reading = CODECS["openai_responses"].watch(
        next(t for t in STREAMS if t.codec.name == "openai_responses").call()
    )
    event = b'event: error\ndata: {"type":"error","\xff":2,"message":"Rate limit reached."}\n\n'
    assert reading.feed(event) == event
    assert reading.failure
