"""Questions written to OpenAI: the conversation and what is asked of the answer."""

from typing import Any

import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.canonical import (
    AnswerFormat,
    Citation,
    Media,
    Part,
    Question,
    Reasoning,
    Refusal,
    Seal,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)
from tests.proxyapp.protocols.openai_responses.translation.saying import HELLO, answered, asking, write

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED = {**OPEN, "required": ["a"], "additionalProperties": False}


def test_it_works() -> None:
    body, written = write(HELLO)
    assert body == {
        "model": "some-model",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
        ],
        "max_output_tokens": 100,
        "store": False,
        "stream": False,
        "include": ["reasoning.encrypted_content"],
    }
    assert (written.losses, written.headers, written.names) == ([], [], {})


def test_one_system_text_is_the_instructions() -> None:
    body, _ = write(asking(Text(text="a"), system=[Text(text="Be brief.", cache="5m")]))
    assert body["instructions"] == "Be brief."
    assert len(body["input"]) == 1


def test_several_system_texts_stay_apart() -> None:
    body, _ = write(asking(Text(text="a"), system=[Text(text="b"), Text(text="c")]))
    assert body["input"][0] == {
        "type": "message",
        "role": "developer",
        "content": [{"type": "input_text", "text": "b"}, {"type": "input_text", "text": "c"}],
    }
    assert "instructions" not in body


def test_a_tool_loop() -> None:
    question = Question(
        model="m",
        turns=[
            Turn(
                role="assistant",
                parts=[
                    Thinking(text="hm", seal=Seal(origin="openai_responses", value="gAAA")),
                    Text(text="Let me see."),
                    ToolUse(id="c1", name="ls", arguments='{"a":1}'),
                    ToolUse(id="c2", name="patch", arguments="+x", custom=True),
                ],
            ),
            Turn(
                role="user",
                parts=[
                    ToolResult(id="c1", name="ls", content=[Text(text="ok")]),
                    ToolResult(id="c2", name="patch", content=[]),
                    Text(text="Go on."),
                ],
            ),
        ],
    )
    body, written = write(question)
    said = {"type": "output_text", "text": "Let me see.", "annotations": []}
    assert body["input"] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "gAAA",
        },
        {"type": "message", "role": "assistant", "content": [said]},
        {"type": "function_call", "call_id": "c1", "name": "ls", "arguments": '{"a":1}'},
        {"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": "+x"},
        {"type": "function_call_output", "call_id": "c1", "output": "ok"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": ""},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go on."}]},
    ]
    assert written.losses == []


@pytest.mark.parametrize("seal", [None, Seal(origin="anthropic", value="EqQB")])
def test_thinking_that_openai_has_not_sealed_is_a_loss(seal: Seal | None) -> None:
    body, written = write(answered(Thinking(text="hm", seal=seal), Text(text="a")))
    assert [item["type"] for item in body["input"]] == ["message"]
    assert written.losses == ["thinking"]


@pytest.mark.parametrize(
    ("media", "part"),
    [
        (
            Media(kind="image", media_type="image/png", data="aGk=", detail="low"),
            {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "low"},
        ),
        (
            Media(kind="image", url="https://h/i.png"),
            {"type": "input_image", "image_url": "https://h/i.png"},
        ),
        (
            Media(kind="document", media_type="application/pdf", data="aGk="),
            {
                "type": "input_file",
                "filename": "document.pdf",
                "file_data": "data:application/pdf;base64,aGk=",
            },
        ),
        (
            Media(kind="document", url="https://h/a.pdf", name="a.pdf"),
            {"type": "input_file", "file_url": "https://h/a.pdf", "filename": "a.pdf"},
        ),
        (
            Media(kind="audio", media_type="audio/wav", data="aGk="),
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
        ),
    ],
)
def test_media(media: Media, part: Any) -> None:
    body, written = write(asking(media))
    assert body["input"][0]["content"] == [part]
    assert written.losses == []


@pytest.mark.parametrize(
    ("media", "loss"),
    [
        (Media(kind="video", url="https://h/v.mp4"), "video"),
        (Media(kind="audio", media_type="audio/ogg", data="aGk="), "audio"),
    ],
)
def test_media_that_openai_does_not_take_are_losses(media: Media, loss: str) -> None:
    body, written = write(asking(Text(text="a"), media))
    assert len(body["input"][0]["content"]) == 1
    assert written.losses == [loss]


def test_an_image_of_the_assistant_is_a_loss() -> None:
    body, written = write(answered(Media(kind="image", media_type="image/png", data="aGk=")))
    assert (body["input"], written.losses) == ([], ["image"])


def test_what_a_tool_gave_back_may_hold_an_image() -> None:
    image = Media(kind="image", media_type="image/png", data="aGk=")
    result = ToolResult(id="c", name="n", content=[Text(text="see"), image], is_error=True)
    body, written = write(asking(result))
    assert [part["type"] for part in body["input"][0]["output"]] == ["input_text", "input_image"]
    assert written.losses == ["tool_result.is_error"]


def test_refusals_and_citations_of_the_assistant() -> None:
    cited = Text(text="It", citations=[Citation(url="https://h", title="H"), Citation(quote="q")])
    body, written = write(answered(cited, Refusal(text="No.")))
    text, refusal = body["input"][0]["content"]
    note = {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 2}
    assert text["annotations"] == [note]
    assert refusal == {"type": "refusal", "refusal": "No."}
    assert written.losses == ["citations"]


def test_a_call_without_arguments() -> None:
    body, _ = write(answered(ToolUse(id="c", name="n", arguments="")))
    assert body["input"][0]["arguments"] == "{}"


def test_a_ceiling_below_the_least_is_raised() -> None:
    assert write(HELLO, ceiling=1)[0]["max_output_tokens"] == 16


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning(effort="xhigh", shown=True), {"effort": "xhigh", "summary": "auto"}),
        (Reasoning(budget=2_000, shown=False), {"effort": "low"}),
        (Reasoning(budget=0), {"effort": "none"}),
        (Reasoning(adaptive=True), None),
    ],
)
def test_reasoning(reasoning: Reasoning, expected: Any) -> None:
    assert write(asking(Text(text="a"), reasoning=reasoning))[0].get("reasoning") == expected


@pytest.mark.parametrize(
    ("asked", "expected", "losses"),
    [
        (
            AnswerFormat(schema=OPEN),
            {"type": "json_schema", "name": "answer", "schema": OPEN},
            [],
        ),
        (
            AnswerFormat(schema=CLOSED, name="n", description="d", strict=True),
            {
                "type": "json_schema",
                "name": "n",
                "schema": CLOSED,
                "description": "d",
                "strict": True,
            },
            [],
        ),
        (
            AnswerFormat(schema=OPEN, name="n", strict=True),
            {"type": "json_schema", "name": "n", "schema": OPEN, "strict": False},
            ["text.format.strict"],
        ),
    ],
)
def test_formats(asked: AnswerFormat, expected: Any, losses: list[str]) -> None:
    body, written = write(asking(Text(text="a"), format=asked, verbosity="low"))
    assert body["text"] == {"format": expected, "verbosity": "low"}
    assert written.losses == losses


def test_json_must_be_spoken_of() -> None:
    body, _ = write(asking(Text(text="a"), format=AnswerFormat()))
    assert body["text"] == {"format": {"type": "json_object"}}
    assert body["input"][-1]["role"] == "developer"


def test_json_that_is_spoken_of_needs_no_more() -> None:
    body, _ = write(asking(Text(text="Answer in JSON"), format=AnswerFormat()))
    assert len(body["input"]) == 1


@pytest.mark.parametrize(
    "members",
    [{"stop": ["x"]}, {"top_k": 5}, {"seed": 0}, {"presence_penalty": 0.5}, {"frequency_penalty": 0.5}],
)
def test_what_openai_cannot_be_asked_is_a_loss(members: Any) -> None:
    body, written = write(asking(Text(text="a"), **members))
    assert written.losses == list(members)
    assert not set(members) & set(body)


@pytest.mark.parametrize(
    ("tier", "written", "losses"),
    [("flex", "flex", []), ("standard_only", "default", []), ("turbo", None, ["service_tier"])],
)
def test_tiers(tier: str, written: str | None, losses: list[str]) -> None:
    body, all_of_it = write(asking(Text(text="a"), tier=tier))
    assert (body.get("service_tier"), all_of_it.losses) == (written, losses)


def test_a_stream() -> None:
    assert write(asking(Text(text="a"), stream=True))[0]["stream"] is True


def test_turns_of_nothing_but_losses_leave_no_message() -> None:
    nothing: list[Part] = [Media(kind="video", url="https://h/v.mp4")]
    assert write(asking(*nothing))[0]["input"] == []


def test_a_schema_nested_too_deeply() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(2_000):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        write(asking(Text(text="a"), format=AnswerFormat(schema=schema)))
