"""Cutting streams into events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.sse import Events, payload_of, raw_event, write_event


def payloads(pieces: list[bytes]) -> list[bytes]:
    events = Events()
    return [payload_of(lines) for piece in pieces for lines in events.feed(piece)]


def test_it_works() -> None:
    assert payloads([b"data: 1\n\ndata: 2\n\n"]) == [b" 1", b" 2"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fields_other_than_data_are_not_data(end: bytes) -> None:
    event = end.join([b": comment", b"event: x", b"id: 7", b"retry: 5", b"data: 1", b"", b""])
    assert [payload.strip() for payload in payloads([event])] == [b"1"]


def test_lines_of_data_are_joined() -> None:
    assert payloads([b"data: [1,\ndata: 2]\n\n"]) == [b" [1,\n 2]"]


def test_line_ends_may_be_mixed() -> None:
    found = payloads([b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\n\r\n"])
    assert [payload.strip() for payload in found] == [b"1", b"2", b"3"]


def test_an_event_without_its_blank_line_waits() -> None:
    events = Events()
    assert events.feed(b"data: 1\n") == []
    assert events.waiting == 8
    assert events.drain() == b"data: 1\n"
    assert events.waiting == 0


lines = st.lists(st.sampled_from([b"data: 1", b"data:2", b": c", b"event: e", b"", b"x" * 30]), max_size=12)


@given(lines=lines, end=st.sampled_from([b"\n", b"\r\n"]), data=st.data())
def test_any_chunking_gives_the_same_events(lines: list[bytes], end: bytes, data: st.DataObject) -> None:
    stream = end.join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole, parts = Events(), Events()
    assert [event for piece in pieces for event in parts.feed(piece)] == whole.feed(stream)
    assert parts.waiting == whole.waiting
    assert parts.drain() == whole.drain()


@given(lines=lines, size=st.integers(1, 40), limit=st.integers(1, 60))
def test_the_limit_is_found_in_any_chunking_and_nothing_is_lost(
    lines: list[bytes], size: int, limit: int
) -> None:
    stream = b"\n".join(lines)
    whole, parts = Events(limit), Events(limit)
    expected = whole.feed(stream)
    found, passed = [], b""
    for start in range(0, len(stream), size):
        if parts.overflown:
            passed += stream[start : start + size]
            continue
        events = parts.feed(stream[start : start + size])
        found += events
        passed += b"".join(map(raw_event, events))
        if parts.overflown:
            passed += parts.drain()
    assert found == expected
    assert parts.overflown == whole.overflown
    assert passed + parts.drain() == stream


def test_no_more_than_the_limit_is_held() -> None:
    events = Events(1000)
    for _ in range(200):
        events.feed(b"data: " + b"x" * 100)
        assert events.waiting <= 1106
        if events.overflown:
            events.drain()
    assert events.overflown
    assert events.feed(b"\n\ndata: 1\n\n") == []


def test_many_tiny_pieces_cost_no_more_than_their_bytes() -> None:
    events = Events()
    for _ in range(200_000):
        events.feed(b"x")
    assert events.waiting == 200_000


def test_writing() -> None:
    assert write_event({"a": 1}, name="e") == b'event: e\ndata: {"a":1}\n\n'
    assert write_event([], newline=b"\r\n") == b"data: []\r\n\r\n"
