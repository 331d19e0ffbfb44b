"""The official SDK reads what is written for clients; its types accept what is written for Anthropic."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import pytest
from anthropic.types import (
    Message,
    MessageParam,
    OutputConfigParam,
    TextBlockParam,
    ToolChoiceParam,
    ToolUnionParam,
)
from hypothesis import given
from pydantic import BaseModel, TypeAdapter

from proxyapp.protocols.anthropic.translation import TRANSLATOR
from proxyapp.protocols.canonical import (
    Added,
    Answer,
    Begun,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Opened,
    Question,
    Seal,
    Sealed,
    Text,
    Thinking,
    ToolUse,
)
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.anthropic.translation.vocabulary import FRAME, MESSAGES, decoded
from tests.support.canonical import questions

USAGE = TokenUsage(input=10, cache_read=4, cache_write_1h=2, output=7, reasoning=3)
CITED = Citation("https://example.com", "T", "q")
ANSWER = Answer(
    [
        Thinking("hm", Seal("gemini", "s")),
        Thinking(seal=Seal("openai_responses", "s"), redacted=True),
        Text("Sunny.", citations=[CITED]),
        ToolUse("call_1", "f", '{"city":"Paris"}'),
    ],
    "tool_use",
    USAGE,
)
EVENTS: list[Event] = [
    Begun(),
    Opened(0, Thinking()),
    Added(0, "h"),
    Added(0, "m"),
    Sealed(0, Seal("gemini", "s")),
    Closed(0),
    Opened(1, Thinking(seal=Seal("openai_responses", "s"), redacted=True)),
    Closed(1),
    Opened(2, Text("")),
    Added(2, "Sunny."),
    Cited(2, CITED),
    Closed(2),
    Opened(3, ToolUse("call_1", "f", "")),
    Added(3, '{"city":'),
    Added(3, '"Paris"}'),
    Closed(3),
    Ended("tool_use", USAGE),
]
ASKED: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "hi"}],
}


@asynccontextmanager
async def client_of(body: bytes, content_type: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """The SDK, pointed at a server that answers one request with this body."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in asked.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with anthropic.AsyncAnthropic(
            api_key="k", base_url=f"http://127.0.0.1:{port}", max_retries=0, timeout=10
        ) as client:
            yield client
    finally:
        server.close()
        await server.wait_closed()


def check(message: Message) -> None:
    """The message is what `ANSWER` says, in the SDK's own types."""
    thinking, redacted, text, call = message.content
    assert thinking.type == "thinking"
    assert (thinking.thinking, thinking.signature) == ("hm", "tollgate:gemini:s")
    assert redacted.type == "redacted_thinking"
    assert redacted.data == "tollgate:openai_responses:s"
    assert text.type == "text"
    assert text.citations
    assert text.citations[0].type == "web_search_result_location"
    assert (text.text, text.citations[0].url) == ("Sunny.", "https://example.com")
    assert call.type == "tool_use"
    assert (call.id, call.name, call.input) == ("call_1", "f", {"city": "Paris"})
    assert (message.stop_reason, message.model, message.role) == ("tool_use", "claude-x", "assistant")
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 7)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (4, 2)


async def test_it_works() -> None:
    async with client_of(TRANSLATOR.write_answer(ANSWER, FRAME), "application/json") as client:
        check(await client.messages.create(**ASKED))


async def test_a_stream_makes_the_same_message() -> None:
    async with (
        client_of(TRANSLATOR.write_stream(FRAME).write(EVENTS), "text/event-stream") as client,
        client.messages.stream(**ASKED) as stream,
    ):
        check(await stream.get_final_message())


async def test_a_stream_tells_its_text_as_it_comes() -> None:
    async with (
        client_of(TRANSLATOR.write_stream(FRAME).write(EVENTS), "text/event-stream") as client,
        client.messages.stream(**ASKED) as stream,
    ):
        assert [text async for text in stream.text_stream] == ["Sunny."]


class City(BaseModel):
    """What the answer must be."""

    city: str


async def test_an_answer_of_a_schema_is_parsed() -> None:
    answer = Answer([Text('{"city":"Paris"}')], "end", USAGE)
    async with client_of(TRANSLATOR.write_answer(answer, FRAME), "application/json") as client:
        message = await client.messages.parse(**ASKED, output_format=City)
        assert message.parsed_output == City(city="Paris")


async def test_a_stream_of_a_schema_is_parsed() -> None:
    events: list[Event] = [
        Begun(),
        Opened(0, Text("")),
        Added(0, '{"city":'),
        Added(0, '"Paris"}'),
        Closed(0),
    ]
    body = TRANSLATOR.write_stream(FRAME).write([*events, Ended("end", USAGE)])
    async with (
        client_of(body, "text/event-stream") as client,
        client.messages.stream(**ASKED, output_format=City) as stream,
    ):
        assert (await stream.get_final_message()).parsed_output == City(city="Paris")


TYPES: dict[str, TypeAdapter[Any]] = {
    "messages": TypeAdapter(list[MessageParam]),
    "system": TypeAdapter(list[TextBlockParam]),
    "tools": TypeAdapter(list[ToolUnionParam]),
    "tool_choice": TypeAdapter(ToolChoiceParam),
    "output_config": TypeAdapter(OutputConfigParam),
}


def exhausted(value: Any) -> Any:
    """The value with everything in it looked at: what is iterable is only checked then."""
    if isinstance(value, dict):
        return {name: exhausted(inner) for name, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [exhausted(inner) for inner in value]
    return value


@given(questions(MESSAGES))
def test_a_question_is_of_the_types_that_anthropic_takes(question: Question) -> None:
    body = decoded(TRANSLATOR.write_question(question, "claude-x", 4096).body)
    for name, type_ in TYPES.items():
        if name in body:
            assert exhausted(type_.validate_python(body[name])) == body[name]


@pytest.mark.parametrize("member", ["messages", "tools"])
def test_those_types_refuse_what_is_wrong(member: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        exhausted(TYPES[member].validate_python([{"role": "user", "content": [{"type": "text"}]}]))
