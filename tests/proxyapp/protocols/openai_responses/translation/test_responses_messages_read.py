"""Instructions and messages of a Responses request."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import Citation, Media, Part, Refusal, Text
from tests.proxyapp.protocols.openai_responses.translation.saying import read, read_items, refused


def content(*parts: Any, role: str = "user") -> list[Part]:
    return read_items({"role": role, "content": list(parts)}).turns[0].parts


def test_it_works() -> None:
    question = read(instructions="Be brief.", input="Hello", model="gpt-x", stream=True)
    assert question.system == [Text(text="Be brief.")]
    assert [(turn.role, turn.parts) for turn in question.turns] == [("user", [Text(text="Hello")])]
    assert question.losses == []


def test_a_message_needs_no_type() -> None:
    assert read_items({"role": "user", "content": "Hi"}).turns[0].parts == [Text(text="Hi")]


def test_messages_of_one_side_are_one_turn() -> None:
    question = read_items(
        {"role": "user", "content": "a"},
        {"type": "message", "id": "msg_1", "role": "user", "content": [{"type": "input_text", "text": "b"}]},
        {"role": "assistant", "content": "c"},
    )
    assert [(turn.role, len(turn.parts)) for turn in question.turns] == [("user", 2), ("assistant", 1)]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_what_is_said_first_with_authority_is_the_system_prompt(role: str) -> None:
    question = read(
        instructions="a",
        input=[{"role": role, "content": "b"}, {"role": "user", "content": "c"}],
    )
    assert question.system == [Text(text="a"), Text(text="b")]
    assert question.losses == []


def test_what_is_said_later_with_authority_loses_its_place() -> None:
    question = read_items({"role": "user", "content": "a"}, {"role": "developer", "content": "b"})
    assert question.system == [Text(text="b")]
    assert question.losses == ["input[].role"]


def test_an_image_cannot_instruct() -> None:
    image = {"type": "input_image", "image_url": "https://h/i.png"}
    problem = refused(input=[{"role": "developer", "content": [image]}])
    assert problem.details["param"] == "input[0].content"


@pytest.mark.parametrize(
    ("part", "media"),
    [
        (
            {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "high"},
            Media(kind="image", media_type="image/png", data="aGk=", detail="high"),
        ),
        ({"type": "input_image", "image_url": "https://h/i.png"}, Media(kind="image", url="https://h/i.png")),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,aGk="},
            Media(kind="document", media_type="application/pdf", data="aGk=", name="a.pdf"),
        ),
        (
            {"type": "input_file", "filename": "a.txt", "file_data": "aGk="},
            Media(kind="document", media_type="text/plain", data="aGk=", name="a.txt"),
        ),
        (
            {"type": "input_file", "file_url": "https://h/a.pdf"},
            Media(kind="document", url="https://h/a.pdf"),
        ),
        (
            {"type": "input_audio", "input_audio": {"format": "wav", "data": "aGk="}},
            Media(kind="audio", media_type="audio/wav", data="aGk="),
        ),
    ],
)
def test_media(part: Any, media: Media) -> None:
    assert content(part) == [media]


@pytest.mark.parametrize(("ttl", "cache"), [({}, "5m"), ({"ttl": "30m"}, "5m"), ({"ttl": "12h"}, "1h")])
def test_a_cache_breakpoint(ttl: Any, cache: str) -> None:
    part = {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit", **ttl}}
    (text,) = content(part)
    assert isinstance(text, Text)
    assert text.cache == cache


def test_what_the_assistant_said() -> None:
    note = {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 2}
    item = {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": [
            {"type": "output_text", "text": "It", "annotations": [note], "logprobs": []},
            {"type": "refusal", "refusal": "No."},
        ],
    }
    question = read_items(item)
    assert question.turns[0].parts == [
        Text(text="It", citations=[Citation(url="https://h", title="H", start=0, end=2)]),
        Refusal(text="No."),
    ]
    assert question.losses == []


def test_a_part_of_unknown_type_is_refused() -> None:
    problem = refused(input=[{"role": "user", "content": [{"type": "input_smell"}]}])
    assert (problem.code, problem.details["param"]) == ("invalid_request", "input[0].content[0].type")


@pytest.mark.parametrize("kind", ["input_image", "input_file"])
def test_a_stored_file_is_refused(kind: str) -> None:
    problem = refused(input=[{"role": "user", "content": [{"type": kind, "file_id": "file-1"}]}])
    assert (problem.code, problem.details["param"]) == ("not_translatable", "input[0].content[0].file_id")
    assert "/v1/responses" in problem.hint
