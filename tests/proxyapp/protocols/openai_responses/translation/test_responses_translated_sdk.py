"""The official SDK takes translated answers and streams for OpenAI's own."""

from openai.types.responses import (
    Response,
    ResponseCustomToolCall,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseReasoningItem,
)
from pydantic import BaseModel

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Media,
    Question,
    Reasoning,
    Refusal,
    Seal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolUse,
)
from proxyapp.usage import TokenUsage
from tests.proxyapp.protocols.openai_responses.translation.playing import playing
from tests.proxyapp.protocols.openai_responses.translation.saying import HELLO, frame

USAGE = TokenUsage(input=10, cache_read=5, cache_write_1h=2, output=7, reasoning=3)
SAID = Answer(parts=[Text(text="你好, Hello")], stop="end", usage=USAGE)
SEAL = Seal(origin="anthropic", value="EqQB")
LOOP = Answer(
    parts=[
        Thinking(text="Let me think.", seal=SEAL),
        Text(text="I will.", citations=[Citation(url="https://h", title="H")]),
        ToolUse(id="c1", name="ls", arguments='{"path":"."}'),
        ToolUse(id="c2", name="patch", arguments='{"input":"+x"}'),
        ToolUse(id="c3", name="agents__spawn", arguments=""),
        Media(kind="image", media_type="image/png", data="aGk="),
    ],
    stop="tool_use",
    usage=USAGE,
)
OFFERS = frame(
    Question(
        model="m",
        turns=HELLO.turns,
        tools=[Tool(name="ls"), Tool(name="patch", custom=True), Tool(name="spawn", namespace="agents")],
        choice=ToolChoice(mode="required", parallel=True),
        reasoning=Reasoning(effort="high", shown=True),
        temperature=1,
        ceiling=100,
    )
)


class City(BaseModel):
    name: str
    people: int


SCHEMA = frame(
    Question(model="m", turns=HELLO.turns, format=AnswerFormat(schema=City.model_json_schema(), name="City"))
)
PARIS = Answer(parts=[Text(text='{"name":"Paris","people":2}')], stop="end", usage=USAGE)


def check(response: Response) -> None:
    """Everything is of the type that the SDK promises, not only let pass."""
    Response.model_validate_json(response.model_dump_json(warnings="error"))


def check_loop(response: Response) -> None:
    check(response)
    thought, message, call, custom, spawn, image = response.output
    assert isinstance(thought, ResponseReasoningItem)
    assert thought.summary[0].text == "Let me think."
    assert thought.encrypted_content == "tollgate:anthropic:EqQB"
    assert isinstance(message, ResponseOutputMessage)
    assert message.content[0].type == "output_text"
    assert message.content[0].annotations[0].type == "url_citation"
    assert isinstance(call, ResponseFunctionToolCall)
    assert (call.call_id, call.name, call.arguments) == ("c1", "ls", '{"path":"."}')
    assert isinstance(custom, ResponseCustomToolCall)
    assert (custom.call_id, custom.name, custom.input) == ("c2", "patch", "+x")
    assert isinstance(spawn, ResponseFunctionToolCall)
    assert (spawn.namespace, spawn.name, spawn.arguments) == ("agents", "spawn", "{}")
    assert image.type == "image_generation_call"
    assert image.result == "aGk="


async def test_it_works() -> None:
    async with playing(SAID, frame()) as sdk:
        response = await sdk.responses.create(model="m", input="Hello")
    check(response)
    assert (response.output_text, response.status) == ("你好, Hello", "completed")
    assert response.usage
    assert (response.usage.input_tokens, response.usage.input_tokens_details.cached_tokens) == (17, 5)
    assert response.usage.output_tokens_details.reasoning_tokens == 3


async def test_tools_and_thinking() -> None:
    async with playing(LOOP, OFFERS) as sdk:
        check_loop(await sdk.responses.create(model="m", input="Hello"))


async def test_structured_output() -> None:
    async with playing(PARIS, SCHEMA) as sdk:
        response = await sdk.responses.parse(model="m", input="Hello", text_format=City)
    assert response.output_parsed == City(name="Paris", people=2)


async def test_a_refusal() -> None:
    answer = Answer(parts=[Refusal(text="No.")], stop="refusal")
    async with playing(answer, frame()) as sdk:
        response = await sdk.responses.create(model="m", input="Hello")
    check(response)
    assert isinstance(response.output[0], ResponseOutputMessage)
    assert response.output[0].content[0].type == "refusal"


async def test_an_incomplete_answer() -> None:
    async with playing(Answer(parts=[Text(text="Once")], stop="length"), frame()) as sdk:
        response = await sdk.responses.create(model="m", input="Hello")
    check(response)
    assert response.incomplete_details
    assert response.incomplete_details.reason == "max_output_tokens"


async def test_a_streamed_text() -> None:
    async with playing(SAID, frame(), stream=True) as sdk:
        async with sdk.responses.stream(model="m", input="Hello") as stream:
            deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    check(final)
    assert "".join(deltas) == final.output_text == "你好, Hello"
    assert final.usage
    assert final.usage.total_tokens == 24


async def test_streamed_tools_and_thinking() -> None:
    async with playing(LOOP, OFFERS, stream=True) as sdk:
        async with sdk.responses.stream(model="m", input="Hello") as stream:
            numbers = [event.sequence_number async for event in stream if hasattr(event, "sequence_number")]
        final = await stream.get_final_response()
    check_loop(final)
    assert numbers == list(range(len(numbers)))


async def test_every_event_is_of_its_type() -> None:
    async with playing(LOOP, OFFERS, stream=True) as sdk:
        stream = await sdk.responses.create(model="m", input="Hello", stream=True)
        async for event in stream:
            type(event).model_validate_json(event.model_dump_json(warnings="error"))


async def test_streamed_structured_output() -> None:
    async with (
        playing(PARIS, SCHEMA, stream=True) as sdk,
        sdk.responses.stream(model="m", input="Hello", text_format=City) as stream,
    ):
        final = await stream.get_final_response()
    assert final.output_parsed == City(name="Paris", people=2)


async def test_an_incomplete_stream() -> None:
    answer = Answer(parts=[Text(text="Once")], stop="filter")
    async with playing(answer, frame(), stream=True) as sdk:
        stream = await sdk.responses.create(model="m", input="Hello", stream=True)
        last = [event async for event in stream][-1]
    assert last.type == "response.incomplete"
    check(last.response)
