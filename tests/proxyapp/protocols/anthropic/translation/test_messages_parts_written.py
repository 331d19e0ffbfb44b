"""The parts of a question as content blocks."""

import base64
from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    Citation,
    Media,
    Part,
    Refusal,
    Seal,
    Text,
    Thinking,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.anthropic.translation.vocabulary import HELLO, write


def write_parts(*parts: Part) -> tuple[list[Any], list[str]]:
    """The blocks for the parts of a user, and their losses."""
    body, losses = write(turns=[Turn("user", [Text("hi"), *parts])])
    return body["messages"][0]["content"][1:], losses


def test_it_works() -> None:
    assert write_parts(Text("a", cache="1h")) == (
        [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        [],
    )


def test_foreign_reasoning_is_left_out() -> None:
    said: list[Part] = [
        Thinking("a", Seal("gemini", "s")),
        Thinking("b"),
        Thinking("c", Seal("anthropic", "s")),
        Refusal("No."),
    ]
    body, losses = write(turns=[*HELLO.turns, Turn("assistant", said), *HELLO.turns])
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "c", "signature": "s"},
        {"type": "text", "text": "No."},
    ]
    assert losses == ["thinking"]


@pytest.mark.parametrize(
    ("media", "block", "losses"),
    [
        (
            Media("image", url="https://h"),
            {"type": "image", "source": {"type": "url", "url": "https://h"}},
            [],
        ),
        (
            Media("image", url="https://h", detail="high"),
            {"type": "image", "source": {"type": "url", "url": "https://h"}},
            ["detail"],
        ),
        (
            Media("document", "text/csv", data=base64.b64encode(b"a,b").decode(), name="t.csv"),
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "a,b"},
                "title": "t.csv",
            },
            [],
        ),
        (
            Media("image", "image/tiff", data="aGk="),
            {"type": "text", "text": "[left out: image image/tiff]"},
            ["image"],
        ),
        (
            Media("audio", "audio/wav", data="aGk="),
            {"type": "text", "text": "[left out: audio audio/wav]"},
            ["audio"],
        ),
        (
            Media("document", "text/plain", data="?"),
            {"type": "text", "text": "[left out: document text/plain]"},
            ["document"],
        ),
    ],
)
def test_media(media: Media, block: Any, losses: list[str]) -> None:
    assert write_parts(media) == ([block], losses)


def test_media_that_the_assistant_made_are_named() -> None:
    body, losses = write(turns=[*HELLO.turns, Turn("assistant", [Media("image", "image/png", data="aGk=")])])
    assert body["messages"][1]["content"][0]["type"] == "text"
    assert losses == ["image"]


def test_sources_of_earlier_answers_are_left_out() -> None:
    cited = Text("a", citations=[Citation("https://h")])
    assert write_parts(cited) == ([{"type": "text", "text": "a"}], ["citations"])


@pytest.mark.parametrize(
    ("call", "input_"),
    [
        (ToolUse("t", "f", '{"a":1.0}'), {"a": 1.0}),
        (ToolUse("t", "f", ""), {}),
        (ToolUse("t", "f", "[1]"), {"input": [1]}),
        (ToolUse("t", "f", '{"a":'), {"input": '{"a":'}),
        (ToolUse("t", "f", '{"a":1}', custom=True), {"input": '{"a":1}'}),
    ],
)
def test_arguments_are_an_object(call: ToolUse, input_: Any) -> None:
    body, _ = write(turns=[*HELLO.turns, Turn("assistant", [call])])
    assert body["messages"][1]["content"][0]["input"] == input_
