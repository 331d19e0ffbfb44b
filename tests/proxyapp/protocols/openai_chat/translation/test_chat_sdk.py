"""The official `openai` SDK reads what is written for chat clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pydantic
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam, ChatCompletionStreamOptionsParam

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Part,
    Question,
    Refusal,
    Seal,
    Text,
    Thinking,
    Tool,
    ToolUse,
)
from proxyapp.protocols.openai_chat.translation import TRANSLATOR
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_chat.translation.saying import HI, frame, read, stream, told
from tests.support.provider import Play, chunked, playing, whole
from tests.wire.transcripts import cut

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]
USAGE = TokenUsage(input=5, cache_read=2, output=3, reasoning=1)
SOURCE = Citation(url="https://example.org", title="A title", start=0, end=2)
SAID = Answer(
    [Thinking("Hm", seal=Seal("anthropic", "s")), Text("Hi 世界", citations=[SOURCE])], "end", USAGE
)
CALLS = Answer(
    [Text("Let me see."), ToolUse("toolu_1", "f", '{"a":1}'), ToolUse("toolu_2", "f", "")], "tool_use", USAGE
)
TOOLS = Question("m", [HI], tools=[Tool("f"), Tool("patch", custom=True)])


class City(pydantic.BaseModel):
    name: str


CITY = Answer([Text('{"name":"Paris"}')], "end", USAGE)
JSON = Question("m", [HI], format=AnswerFormat(schema=City.model_json_schema(), name="city"))


@contextmanager
def sdk(play: Play) -> Iterator[openai.OpenAI]:
    with (
        playing(play) as provider,
        openai.OpenAI(api_key="sk-none", base_url=f"{provider.url}/v1", max_retries=0) as client,
    ):
        yield client


def document(answer: Answer, question: Question | None = None) -> Play:
    return whole(TRANSLATOR.write_answer(answer, frame(question)))


def streamed(answer: Answer, question: Question | None = None) -> Play:
    return chunked(*cut(stream(*told(answer), question=question), 50))


def asked_for(answer: Answer, question: Question | None = None) -> ChatCompletion:
    with sdk(document(answer, question)) as client:
        return client.chat.completions.create(model="m", messages=ASKED)


def streamed_to_the_end(answer: Answer, question: Question | None = None, **more: Any) -> Any:
    """What the SDK has made of a whole stream."""
    with sdk(streamed(answer, question)) as client:
        options: ChatCompletionStreamOptionsParam = {"include_usage": True}
        with client.chat.completions.stream(
            model="m", messages=ASKED, stream_options=options, **more
        ) as running:
            return running.get_final_completion()


def back(completion: ChatCompletion) -> list[Part]:
    """The parts that come back when the SDK's own dump of the answer is sent on."""
    dumped = completion.choices[0].message.model_dump(exclude_none=True)
    return read({"role": "user", "content": "Hi"}, dumped).turns[1].parts


def test_it_works() -> None:
    completion = asked_for(SAID)
    found = completion.choices[0].message
    assert found.content == "Hi 世界"
    assert found.annotations is not None
    assert found.annotations[0].url_citation.url == "https://example.org"
    assert completion.usage is not None
    assert completion.usage.total_tokens == 10
    assert completion.choices[0].finish_reason == "stop"


def test_thinking_comes_back_as_the_sdk_dumps_it() -> None:
    parts = back(asked_for(SAID))
    assert parts[0] == Thinking("Hm", seal=Seal("anthropic", "s"))


def test_a_stream_of_text() -> None:
    completion = streamed_to_the_end(SAID)
    assert completion.choices[0].message.content == "Hi 世界"
    assert completion.usage.total_tokens == 10


def test_calls() -> None:
    completion = asked_for(CALLS, TOOLS)
    calls = completion.choices[0].message.tool_calls or []
    assert [(call.id, call.function.arguments) for call in calls if call.type == "function"] == [
        ("toolu_1", '{"a":1}'),
        ("toolu_2", "{}"),
    ]
    assert completion.choices[0].finish_reason == "tool_calls"


def test_a_stream_of_calls() -> None:
    completion = streamed_to_the_end(CALLS, TOOLS)
    calls = completion.choices[0].message.tool_calls
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("toolu_1", "f", '{"a":1}'),
        ("toolu_2", "f", "{}"),
    ]
    assert completion.choices[0].message.content == "Let me see."


def test_a_custom_call() -> None:
    called = Answer([ToolUse("c", "patch", '{"input":"text"}')], "tool_use")
    (call,) = asked_for(called, TOOLS).choices[0].message.tool_calls or []
    assert call.type == "custom"
    assert call.custom.input == "text"


def test_structured_output() -> None:
    with sdk(document(CITY, JSON)) as client:
        completion = client.chat.completions.parse(model="m", messages=ASKED, response_format=City)
    assert completion.choices[0].message.parsed == City(name="Paris")


def test_a_stream_of_structured_output() -> None:
    completion = streamed_to_the_end(CITY, JSON, response_format=City)
    assert completion.choices[0].message.parsed == City(name="Paris")


def test_a_refusal() -> None:
    refused = Answer([Refusal("No.")], "refusal")
    assert asked_for(refused).choices[0].message.refusal == "No."
    assert streamed_to_the_end(refused).choices[0].message.refusal == "No."
