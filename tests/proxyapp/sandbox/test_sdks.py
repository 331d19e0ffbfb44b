"""The official SDKs read the sandbox's answers."""

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from .wires.base import ARGUMENTS, SCHEMA

TEXT = 'You said: "hi". This is Tollgate\'s sandbox speaking; no model was asked.'


@pytest.fixture
async def claude(address: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=address, api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
async def gpt(address: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture
async def gemini(address: str) -> AsyncIterator[Any]:
    options = types.HttpOptions(base_url=address)
    async with genai.Client(api_key="k", http_options=options).aio as client:
        yield client


CLAUDE: dict[str, Any] = {"model": "m", "max_tokens": 500, "messages": [{"role": "user", "content": "hi"}]}
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


async def test_it_works(gpt: openai.AsyncOpenAI) -> None:
    answer = await gpt.chat.completions.create(**CHAT)
    assert answer.choices[0].message.content == TEXT


async def test_openai_chat_stream(gpt: openai.AsyncOpenAI) -> None:
    stream = await gpt.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    assert chunks[-1].usage.completion_tokens == 18


async def test_openai_chat_tool(gpt: openai.AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    async with gpt.chat.completions.stream(**CHAT, tools=[tool]) as stream:
        answer = await stream.get_final_completion()
    (call,) = answer.choices[0].message.tool_calls or []
    assert (call.function.name, call.function.arguments) == ("weather", '{"city":"Paris","days":1}')


async def test_openai_responses(gpt: openai.AsyncOpenAI) -> None:
    answer = await gpt.responses.create(model="m", input="hi", reasoning={"effort": "low", "summary": "auto"})
    assert answer.output_text == TEXT
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == 15


async def test_openai_responses_stream(gpt: openai.AsyncOpenAI) -> None:
    async with gpt.responses.stream(model="m", input="hi") as stream:
        answer = await stream.get_final_response()
    assert answer.output_text == TEXT


async def test_openai_responses_tool(gpt: openai.AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "name": "weather", "strict": False, "parameters": SCHEMA}
    async with gpt.responses.stream(model="m", input="hi", tools=[tool]) as stream:
        answer = await stream.get_final_response()
    assert answer.output[0].type == "function_call"
    assert answer.output[0].arguments == '{"city":"Paris","days":1}'


async def test_openai_models(gpt: openai.AsyncOpenAI) -> None:
    names = [model.id async for model in gpt.models.list()]
    assert names[0] == "sandbox"


async def test_openai_errors(gpt: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.RateLimitError, match="scripted to answer 429"):
        await gpt.chat.completions.create(**{**CHAT, "model": "m~status-429"})


async def test_openai_error_in_a_stream(gpt: openai.AsyncOpenAI) -> None:
    stream = await gpt.chat.completions.create(**{**CHAT, "model": "m~errorat-2"}, stream=True)
    with pytest.raises(openai.APIError, match="server had an error"):
        [chunk async for chunk in stream]


async def test_anthropic(claude: anthropic.AsyncAnthropic) -> None:
    answer = await claude.messages.create(**CLAUDE)
    assert answer.content[0].text == TEXT
    assert answer.usage.output_tokens == 18


async def test_anthropic_stream(claude: anthropic.AsyncAnthropic) -> None:
    async with claude.messages.stream(**CLAUDE, thinking={"type": "adaptive"}) as stream:
        answer = await stream.get_final_message()
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.usage.output_tokens == 33


async def test_anthropic_tool(claude: anthropic.AsyncAnthropic) -> None:
    tool: Any = {"name": "weather", "input_schema": SCHEMA}
    async with claude.messages.stream(**CLAUDE, tools=[tool]) as stream:
        answer = await stream.get_final_message()
    assert answer.content[0].type == "tool_use"
    assert (answer.stop_reason, answer.content[0].input) == ("tool_use", ARGUMENTS)


async def test_anthropic_counts_and_models(claude: anthropic.AsyncAnthropic) -> None:
    count = await claude.messages.count_tokens(model="m", messages=CLAUDE["messages"])
    assert count.input_tokens == 4
    names = [model.id async for model in claude.models.list()]
    assert names[0] == "sandbox"


async def test_anthropic_error_in_a_stream(claude: anthropic.AsyncAnthropic) -> None:
    stream = await claude.messages.create(**{**CLAUDE, "model": "m~errorat-2"}, stream=True)
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        [event async for event in stream]


async def test_gemini(gemini: Any) -> None:
    answer = await gemini.models.generate_content(model="m", contents="hi")
    assert answer.text == TEXT
    assert answer.usage_metadata.total_token_count == 22


async def test_gemini_stream(gemini: Any) -> None:
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))
    stream = await gemini.models.generate_content_stream(model="m", contents="hi", config=config)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.text or "" for chunk in chunks) == TEXT
    assert chunks[-1].usage_metadata.thoughts_token_count == 15


async def test_gemini_tool(gemini: Any) -> None:
    function = types.FunctionDeclaration(name="weather", parameters_json_schema=SCHEMA)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[function])])
    answer = await gemini.models.generate_content(model="m", contents="hi", config=config)
    assert answer.function_calls[0].args == ARGUMENTS


async def test_gemini_counts_and_models(gemini: Any) -> None:
    count = await gemini.models.count_tokens(model="m", contents="hi")
    assert count.total_tokens == 4
    names = [model.name async for model in await gemini.models.list()]
    assert names[0] == "models/sandbox"
