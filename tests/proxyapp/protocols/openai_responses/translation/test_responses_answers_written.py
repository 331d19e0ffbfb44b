"""Whole answers for clients of Responses."""

from typing import Any

import pytest

from proxyapp.protocols.canonical import (
    Answer,
    Citation,
    Media,
    Part,
    Question,
    Reasoning,
    Refusal,
    Seal,
    Stop,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolUse,
)
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_responses.translation.saying import (
    CALL_ID,
    HELLO,
    frame,
    offering,
    read_items,
    written_answer,
)


def output(*parts: Part, tools: tuple[Tool, ...] = ()) -> Any:
    return written_answer(Answer(parts=list(parts), stop="end"), offering(*tools))["output"]


def test_it_works() -> None:
    usage = TokenUsage(input=10, cache_read=3, cache_write_5m=2, cache_write_1h=1, output=7, reasoning=4)
    written = written_answer(Answer(parts=[Text(text="Hi")], stop="end", usage=usage))
    assert written["id"] == f"resp_{CALL_ID}"
    assert (written["object"], written["created_at"], written["model"]) == (
        "response",
        1_760_000_000,
        "claude-x",
    )
    assert (written["status"], written["incomplete_details"], written["error"]) == ("completed", None, None)
    assert written["output"] == [
        {
            "id": f"msg_{CALL_ID}_0",
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []}],
        }
    ]
    assert written["usage"] == {
        "input_tokens": 16,
        "input_tokens_details": {
            "cached_tokens": 3,
            "cache_write_tokens": 3,
            "cache_write_tokens_details": {"ttl_12h_tokens": 1, "ttl_30m_tokens": 2},
        },
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 23,
    }


def test_what_was_asked_for_is_repeated() -> None:
    question = Question(
        model="m",
        turns=HELLO.turns,
        ceiling=9,
        temperature=0.5,
        reasoning=Reasoning(effort="low", shown=True),
        choice=ToolChoice(mode="named", name="ls", parallel=False),
        user="u",
    )
    written = written_answer(Answer(parts=[], stop="end"), frame(question))
    assert (written["max_output_tokens"], written["temperature"], written["user"]) == (9, 0.5, "u")
    assert written["reasoning"] == {"effort": "low", "summary": "auto"}
    assert written["tool_choice"] == {"type": "function", "name": "ls"}
    assert written["parallel_tool_calls"] is False
    assert written["usage"] is None


def test_texts_that_follow_each_other_are_one_message() -> None:
    items = output(Text(text="a"), Text(text="b"), ToolUse(id="c", name="n", arguments="{}"), Text(text="d"))
    assert [item["type"] for item in items] == ["message", "function_call", "message"]
    assert [part["text"] for part in items[0]["content"]] == ["a", "b"]
    assert len({item["id"] for item in items}) == 3


def test_thinking_and_its_seal() -> None:
    (item,) = output(Thinking(text="hm", seal=Seal(origin="anthropic", value="EqQB")))
    assert item["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert item["encrypted_content"] == "tollgate:anthropic:EqQB"


@pytest.mark.parametrize(
    "thinking",
    [
        Thinking(text="hm", seal=Seal(origin="anthropic", value="EqQB")),
        Thinking(seal=Seal(origin="anthropic", value="EqQB"), redacted=True),
        Thinking(seal=Seal(origin="gemini", value="aGk=")),
        Thinking(text="hm", seal=Seal(origin="openai_responses", value="gAAA")),
        Thinking(text="hm"),
    ],
)
def test_what_was_sealed_comes_back_as_it_went(thinking: Thinking) -> None:
    assert read_items(*output(thinking)).turns[0].parts == [thinking]


def test_a_call_without_an_id_or_arguments() -> None:
    (item,) = output(ToolUse(id="", name="n", arguments=""))
    assert item == {
        "id": f"fc_{CALL_ID}_0",
        "type": "function_call",
        "status": "completed",
        "call_id": f"call_{CALL_ID}_0",
        "name": "n",
        "arguments": "{}",
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"input":"*** Begin\\nPatch"}', "*** Begin\nPatch"),
        ('{"patch":"x"}', '{"patch":"x"}'),
        ("*** Begin", "*** Begin"),
        ('{"input":5}', '{"input":5}'),
    ],
)
def test_a_custom_tool_that_was_called_as_a_function(arguments: str, text: str) -> None:
    tool = Tool(name="apply_patch", custom=True)
    (item,) = output(ToolUse(id="c", name="apply_patch", arguments=arguments), tools=(tool,))
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", text)
    assert item["id"].startswith("ctc_")


def test_a_tool_of_a_namespace_is_called_as_it_was_offered() -> None:
    tool = Tool(name="spawn", namespace="agents")
    (item,) = output(ToolUse(id="c", name="agents__spawn", arguments="{}"), tools=(tool,))
    assert (item["type"], item["name"], item["namespace"]) == ("function_call", "spawn", "agents")


def test_citations() -> None:
    sources = [
        Citation(url="https://h", title="H", start=0, end=1),
        Citation(url="https://i"),
        Citation(title="a.pdf", quote="q"),
    ]
    (item,) = output(Text(text="It is.", citations=sources))
    assert item["content"][0]["annotations"] == [
        {"type": "url_citation", "url": "https://h", "title": "H", "start_index": 0, "end_index": 1},
        {"type": "url_citation", "url": "https://i", "title": "", "start_index": 0, "end_index": 6},
        {"type": "file_citation", "file_id": "", "filename": "a.pdf", "index": 0},
    ]


def test_media() -> None:
    image = Media(kind="image", media_type="image/jpeg", data="aGk=")
    items = output(
        image, Media(kind="audio", media_type="audio/wav", data="aGk="), Media(kind="image", url="https://h")
    )
    assert items[0]["type"] == "image_generation_call"
    assert (items[0]["result"], items[0]["output_format"]) == ("aGk=", "jpeg")
    assert [part["text"] for part in items[1]["content"]] == ["data:audio/wav;base64,aGk=", "https://h"]


@pytest.mark.parametrize(
    ("stop", "parts", "status", "reason"),
    [
        ("end", [], "completed", None),
        ("stop_sequence", [], "completed", None),
        ("tool_use", [], "completed", None),
        ("length", [], "incomplete", "max_output_tokens"),
        ("pause", [], "incomplete", "max_output_tokens"),
        ("filter", [], "incomplete", "content_filter"),
        ("refusal", [], "incomplete", "content_filter"),
        ("refusal", [Refusal(text="No.")], "completed", None),
    ],
)
def test_stops(stop: Stop, parts: list[Part], status: str, reason: str | None) -> None:
    written = written_answer(Answer(parts=parts, stop=stop))
    details = {"reason": reason} if reason else None
    assert (written["status"], written["incomplete_details"]) == (status, details)


def test_a_message_that_was_cut_is_incomplete() -> None:
    written = written_answer(Answer(parts=[Text(text="Once")], stop="length"))
    assert written["output"][0]["status"] == "incomplete"
