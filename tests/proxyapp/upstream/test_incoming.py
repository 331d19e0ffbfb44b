"""The parser's side of an answer, without a socket."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.upstream.incoming import HEAD, Incoming

from .wire import chunked, ok

STREAM = b"HTTP/1.1 102 Processing\r\n\r\n" + chunked(b"event: a\ndata: {}\n\n", b"x", b"data: [DONE]\n\n")
BODY = b"event: a\ndata: {}\n\nxdata: [DONE]\n\n"


def fed(*parts: bytes, method: bytes = b"POST") -> Incoming:
    incoming = Incoming(method)
    for part in parts:
        incoming.parse(part)
    return incoming


def test_it_works() -> None:
    incoming = fed(ok(b"hello", b"X-A: 1"))
    assert (incoming.status, incoming.take(), incoming.complete) == (200, b"hello", True)
    assert incoming.headers == [(b"content-length", b"5"), (b"x-a", b"1")]
    assert (incoming.reusable, incoming.faulty) == (True, False)


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_cut_at_every_offset(cut: int) -> None:
    incoming = fed(STREAM[:cut], STREAM[cut:])
    assert (incoming.status, incoming.take(), incoming.complete, incoming.reusable) == (200, BODY, True, True)


@pytest.mark.parametrize("length", range(len(STREAM)))
def test_end_at_every_offset_is_no_end(length: int) -> None:
    incoming = fed(STREAM[:length])
    assert not incoming.end()


def test_byte_by_byte() -> None:
    incoming = fed(*(STREAM[place : place + 1] for place in range(len(STREAM))))
    assert (incoming.take(), incoming.complete) == (BODY, True)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20), st.data())
def test_any_chunks_in_any_packets(pieces: list[bytes], data: st.DataObject) -> None:
    text = chunked(*pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=10)))
    edges = [0, *cuts, len(text)]
    incoming = fed(*(text[start:end] for start, end in pairwise(edges)))
    assert (b"".join(incoming.chunks), incoming.complete, incoming.faulty) == (b"".join(pieces), True, False)


@given(st.binary(max_size=200))
def test_garbage_never_raises(noise: bytes) -> None:
    fed(b"HTTP/1.1 200 OK\r\n", noise)
    fed(noise)


@given(st.integers(0, len(STREAM) - 1), st.integers(0, 255))
def test_damaged_answer_never_raises(place: int, value: int) -> None:
    fed(STREAM[:place] + bytes([value]) + STREAM[place + 1 :])


def test_long_stream_of_tiny_chunks_is_no_frill() -> None:
    incoming = fed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * HEAD)
    assert (len(incoming.chunks), incoming.faulty) == (HEAD, False)


def test_tiny_chunks_count_for_what_they_take() -> None:
    incoming = fed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000)
    assert incoming.unread > 50_000


def test_second_answer_changes_nothing_but_trust() -> None:
    second = b"HTTP/1.1 500 No\r\nx: y\r\ncontent-length: 3\r\n\r\nbad"
    incoming = fed(ok(b"good") + second)
    assert (incoming.status, incoming.take(), incoming.complete) == (200, b"good", True)
    assert (incoming.headers, incoming.reusable) == ([(b"content-length", b"4")], False)
