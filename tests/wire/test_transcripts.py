"""Every transcript is read alike, however its bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.transcripts import CODECS, TRANSCRIPTS, Transcript, cut, said, wanted

STREAMS = [transcript for transcript in TRANSCRIPTS if transcript.is_sse]


def named(transcript: Transcript) -> str:
    return transcript.name


def test_it_works() -> None:
    for name in CODECS:
        assert sum(transcript.codec.name == name for transcript in TRANSCRIPTS) >= 5


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=named)
def test_read_whole(transcript: Transcript) -> None:
    reading, passed = transcript.watch([transcript.answer])
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 250, 1000])
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=named)
def test_read_in_pieces_of_one_size(transcript: Transcript, size: int) -> None:
    reading, passed = transcript.watch(cut(transcript.answer, size))
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed


@pytest.mark.parametrize("transcript", STREAMS, ids=named)
def test_read_event_by_event(transcript: Transcript) -> None:
    blank = b"\r\n\r\n" if b"\r\n" in transcript.answer else b"\n\n"
    pieces = [event + blank for event in transcript.answer.split(blank) if event]
    reading, passed = transcript.watch(pieces)
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=named)
@given(data=st.data())
def test_read_in_any_pieces(transcript: Transcript, data: st.DataObject) -> None:
    size = len(transcript.answer)
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=12)))
    pieces = [transcript.answer[a:b] for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
    reading, passed = transcript.watch(pieces)
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed


@pytest.mark.parametrize("size", [1, 5, 100_000])
@pytest.mark.parametrize("transcript", STREAMS, ids=named)
def test_read_with_other_line_ends(transcript: Transcript, size: int) -> None:
    crlf = b"\r\n" in transcript.answer
    old, new = (b"\r\n", b"\n") if crlf else (b"\n", b"\r\n")
    reading, passed = transcript.watch(cut(transcript.answer.replace(old, new), size))
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed.replace(old, new)


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize("transcript", STREAMS, ids=named)
def test_read_without_the_last_blank_line(transcript: Transcript, size: int) -> None:
    reading, passed = transcript.watch(cut(transcript.answer.rstrip(b"\r\n"), size))
    assert said(reading) == wanted(transcript)
    assert passed == transcript.passed.rstrip(b"\r\n")


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=named)
def test_the_bytes_are_handed_back_and_not_copied(transcript: Transcript) -> None:
    call = transcript.call()
    if not call.hides_usage:
        reading = transcript.codec.watch(call)
        for piece in cut(transcript.answer, 100):
            assert reading.feed(piece) is piece


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=named)
def test_a_request_that_needs_no_change_is_not_touched(transcript: Transcript) -> None:
    call = transcript.call()
    if not call.hides_usage:
        assert transcript.codec.write(call, call.model, None) is call.body
