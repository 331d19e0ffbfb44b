"""Whatever a provider sends, reading it and writing it on never raises but for a document that is none."""

from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.counting import BROKEN
from tests.proxyapp.protocols.anthropic.translation.vocabulary import FRAME

NAMES = (
    "type index delta content_block message usage text thinking signature data id name input "
    "partial_json citation citations url cited_text stop_reason stop_sequence stop_details "
    "explanation output_tokens content"
)
TYPES = (
    "message_start content_block_start content_block_delta content_block_stop message_delta "
    "message_stop ping error text thinking redacted_thinking tool_use text_delta thinking_delta "
    "signature_delta input_json_delta citations_delta refusal"
)
MEMBERS, KINDS = st.sampled_from(NAMES.split()), st.sampled_from(TYPES.split())
SCALARS = KINDS | st.none() | st.integers(-1, 2) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=8,
)
PIECES = st.fixed_dictionaries({"type": KINDS}, optional={"text": VALUES, "id": SCALARS})
EVENTS = st.fixed_dictionaries(
    {"type": KINDS},
    optional={
        "index": st.integers(0, 2),
        "content_block": PIECES | VALUES,
        "delta": PIECES | VALUES,
        "message": VALUES,
        "usage": VALUES,
    },
)


def stream_of(events: list[Any]) -> bytes:
    """The bytes of a stream of these events."""
    return b"".join([b"data: %b\n\n" % msgspec.json.encode(event) for event in events])


def test_it_works() -> None:
    assert TRANSLATOR.read_stream().feed(stream_of([{"type": "message_start", "message": {}}]))


@given(st.lists(EVENTS, max_size=12))
def test_any_events(events: list[Any]) -> None:
    reader, writer = TRANSLATOR.read_stream(), TRANSLATOR.write_stream(FRAME)
    read = [*reader.feed(stream_of(events)), *reader.end()]
    TRANSLATOR.read_stream().feed(writer.write(read))


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    reader = TRANSLATOR.read_stream()
    reader.feed(data)
    reader.end()


@given(st.lists(PIECES | VALUES, max_size=4), VALUES)
def test_any_document(blocks: list[Any], value: Any) -> None:
    document = {"content": blocks, "usage": value, "stop_reason": "refusal", "stop_details": value}
    with suppress(*BROKEN):
        TRANSLATOR.write_answer(TRANSLATOR.read_answer(msgspec.json.encode(document)), FRAME)
