"""Google's own SDK reads what is written, and what it sends is read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from google import genai
from google.genai import types

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Media,
    Question,
    Reasoning,
    Seal,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from proxyapp.protocols.gemini.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.gemini.translation.saying import CALL_ID, FRAME, MODEL, unfold

SEAL = Seal(origin="anthropic", value="EqQB???~~~>>>")
CALL = ToolUse("call_1", "get_weather", '{"city":"Paris"}')
USAGE = TokenUsage(input=7, cache_read=3, output=9, reasoning=4)
ANSWER = Answer(
    [Thinking("Hm.", seal=SEAL), Text("I will look."), Thinking(seal=SEAL), CALL], "tool_use", USAGE
)


class Provider:
    """Plays one answer, whatever is asked, and keeps the questions."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.questions: list[Question] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        stream = b":streamgeneratecontent" in head.partition(b"\r\n")[0]
        body = await reader.readexactly(length)
        self.questions.append(TRANSLATOR.read_question(body, MODEL, stream=stream))
        kind, data = self._say(stream)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n\r\n%b" % (kind, data))
        await writer.drain()
        writer.close()

    def _say(self, stream: bool) -> tuple[bytes, bytes]:
        if stream:
            return b"text/event-stream", TRANSLATOR.write_stream(FRAME).write(unfold(self.answer))
        return b"application/json", TRANSLATOR.write_answer(self.answer, FRAME)


@asynccontextmanager
async def chat(answer: Answer, **config: Any) -> AsyncIterator[tuple[Any, Provider]]:
    """A chat of the SDK's with a provider that gives this answer."""
    provider = Provider(answer)
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = genai.Client(api_key="sk-test", http_options=types.HttpOptions(base_url=address)).aio
    async with server, client:
        yield client.chats.create(model=MODEL, config=types.GenerateContentConfig(**config)), provider


async def ask(answer: Answer, **config: Any) -> Any:
    async with chat(answer, **config) as (session, _):
        return await session.send_message("Hello")


async def ask_for_stream(answer: Answer, **config: Any) -> list[Any]:
    async with chat(answer, **config) as (session, _):
        return [piece async for piece in await session.send_message_stream("Hello")]


def test_it_works() -> None:
    response = asyncio.run(ask(Answer([Text("Hi")], "end", USAGE)))
    assert response.text == "Hi"
    assert (response.model_version, response.response_id) == (MODEL, CALL_ID)
    counts = response.usage_metadata
    assert (counts.prompt_token_count, counts.cached_content_token_count) == (10, 3)
    assert (counts.candidates_token_count, counts.thoughts_token_count) == (5, 4)


def test_a_stream() -> None:
    pieces = asyncio.run(ask_for_stream(Answer([Text("Hello, 世界")], "length", USAGE)))
    assert "".join([piece.text for piece in pieces]) == "Hello, 世界"
    assert pieces[-1].candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert pieces[-1].usage_metadata.total_token_count == 19


def test_thoughts_and_calls() -> None:
    response = asyncio.run(ask(ANSWER))
    thought, text, call = response.candidates[0].content.parts
    assert (thought.thought, thought.text, text.text) == (True, "Hm.", "I will look.")
    assert (call.function_call.id, call.function_call.args) == ("call_1", {"city": "Paris"})
    assert call.thought_signature == b"tollgate:anthropic:EqQB???~~~>>>"


def test_calls_in_a_stream() -> None:
    pieces = asyncio.run(ask_for_stream(ANSWER))
    [call] = [call for piece in pieces for call in piece.function_calls or ()]
    assert (call.name, call.args) == ("get_weather", {"city": "Paris"})


def test_a_structured_answer() -> None:
    schema = {"type": "object", "properties": {"sum": {"type": "integer"}}}
    answer = Answer([Text('{"sum":3}')], "end")
    settings = {"response_mime_type": "application/json", "response_json_schema": schema}
    assert asyncio.run(ask(answer, **settings)).parsed == {"sum": 3}
    pieces = asyncio.run(ask_for_stream(answer, **settings))
    assert "".join([piece.text for piece in pieces]) == '{"sum":3}'


def test_sources() -> None:
    cited = Text("It is dry.", citations=[Citation(url="https://example.com/", title="W", start=6, end=9)])
    [*_, last] = asyncio.run(ask_for_stream(Answer([cited], "end")))
    [support] = last.candidates[0].grounding_metadata.grounding_supports
    assert (support.segment.text, support.grounding_chunk_indices) == ("dry", [0])


def test_a_filtered_answer() -> None:
    assert asyncio.run(ask(Answer([], "filter"))).candidates[0].finish_reason == types.FinishReason.SAFETY


async def _converse() -> Question:
    declared = types.FunctionDeclaration(
        name="get_weather",
        parameters=types.Schema(
            type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING, nullable=True)}
        ),
    )
    settings: dict[str, Any] = {
        "tools": [types.Tool(function_declarations=[declared])],
        "system_instruction": "Be brief.",
        "response_schema": {"type": "OBJECT"},
        "thinking_config": types.ThinkingConfig(
            include_thoughts=True, thinking_level=types.ThinkingLevel.LOW
        ),
    }
    async with chat(ANSWER, **settings) as (session, provider):
        await session.send_message("Hello")
        picture = types.Part.from_bytes(data=b"\xfb\xff", mime_type="image/png")
        result = types.Part(
            function_response=types.FunctionResponse(
                id="call_1", name="get_weather", response={"output": "dry"}
            )
        )
        await session.send_message([result, picture])
        return provider.questions[-1]


def test_what_the_sdk_sends_back_is_what_was_answered() -> None:
    question = asyncio.run(_converse())
    _, model, user = question.turns
    assert model.parts == ANSWER.parts
    assert user.parts == [
        ToolResult("call_1", "get_weather", [Text("dry")]),
        Media("image", media_type="image/png", data="+/8="),
    ]
    assert question.tools[0].schema["properties"] == {"city": {"type": ["string", "null"]}}
    assert (question.system, question.losses) == ([Text("Be brief.")], [])
    assert question.format == AnswerFormat(schema={"type": "object"})
    assert question.reasoning == Reasoning(effort="low", shown=True)


def test_the_sdk_reads_the_written_question() -> None:
    """Its types refuse members they do not know."""
    question = asyncio.run(_converse())
    body = msgspec.json.decode(TRANSLATOR.write_question(question, MODEL, 100).body)
    for content in body["contents"]:
        types.Content.model_validate(content)
    for tool in body["tools"]:
        types.Tool.model_validate(tool)
    types.GenerationConfig.model_validate(body["generationConfig"])
