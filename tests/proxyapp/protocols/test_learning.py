"""The short way round decoding counts exactly as decoding does."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyapp.protocols.anthropic import CODEC as ANTHROPIC
from proxyapp.protocols.base import Call, Codec
from proxyapp.protocols.openai_chat import CODEC as CHAT
from tests.proxyapp.protocols.asking import ask

CHAT_CALL = ask(
    CHAT, {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}}
)
MESSAGES_CALL = ask(ANTHROPIC, {"model": "m", "max_tokens": 9, "messages": [], "stream": True})


def chat(text: str, **others: object) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + msgspec.json.encode({"id": "c", "choices": [choice], **others}) + b"\n\n"


def message(text: str, kind: str = "text") -> bytes:
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": f"{kind}_delta", kind: text}}
    return b"event: content_block_delta\ndata: " + msgspec.json.encode(event) + b"\n\n"


def test_it_works() -> None:
    reading = CHAT.watch(CHAT_CALL)
    for text in ("Hello", " world", "", "!"):
        reading.feed(chat(text))
    assert reading.output_bytes == 12


TEXTS = st.lists(
    st.text(max_size=6)
    | st.sampled_from(['"', "\\", "\n", "delta", "content", "c", "text", '"},"x":"', "null"]),
    max_size=12,
)


@pytest.mark.parametrize("write", [chat, message])
@given(texts=TEXTS)
def test_every_text_counts_by_its_utf8(write: object, texts: list[str]) -> None:
    codec, call, event = (CHAT, CHAT_CALL, chat) if write is chat else (ANTHROPIC, MESSAGES_CALL, message)
    reading = codec.watch(call)
    for text in texts:
        reading.feed(event(text))
    assert reading.output_bytes == sum(len(text.encode()) for text in texts)


def test_what_is_no_json_counts_for_nothing() -> None:
    """A control character in a text: what cannot be decoded is not counted by the short way either."""
    reading = ANTHROPIC.watch(MESSAGES_CALL)
    for event in (message("Hello"), message("Hell?").replace(b"?", b"\x00"), message("there")):
        reading.feed(event)
    assert reading.output_bytes == 10


def test_a_text_that_looks_like_the_frame_is_not_mistaken() -> None:
    reading = ANTHROPIC.watch(MESSAGES_CALL)
    for text in ("text_delta", "content_block_delta", "delta", "a"):
        reading.feed(message(text))
    assert reading.output_bytes == 10 + 19 + 5 + 1


@pytest.mark.parametrize(
    ("codec", "call", "plain", "telling"),
    [
        (CHAT, CHAT_CALL, chat("a"), chat("a", usage={"prompt_tokens": 5, "completion_tokens": 2})),
        (CHAT, CHAT_CALL, chat("a"), chat("a", error={"message": "x"})),
    ],
)
def test_events_with_more_in_them_are_always_decoded(
    codec: Codec, call: Call, plain: bytes, telling: bytes
) -> None:
    reading = codec.watch(call)
    for event in (plain, plain, telling, telling):
        reading.feed(event)
    assert reading.output_bytes == 4
    assert reading.usage is not None or reading.failure


def test_signatures_are_never_counted() -> None:
    reading = ANTHROPIC.watch(MESSAGES_CALL)
    for event in (message("EqQB", "signature"), message("EqQC", "signature"), message("ab")):
        reading.feed(event)
    assert reading.output_bytes == 2
