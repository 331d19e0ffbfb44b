"""Reading OpenAI Chat Completions requests."""

from typing import Any, Literal

import msgspec

from proxyapp.sandbox.prompt import JSON_OBJECT, Prompt
from proxyapp.sandbox.refusal import decode, invalid


class Part(msgspec.Struct):
    type: str = "text"
    text: str = ""


class Called(msgspec.Struct):
    name: str = ""
    arguments: str = ""


class ToolCall(msgspec.Struct):
    function: Called = msgspec.field(default_factory=Called)


class Message(msgspec.Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None


class Function(msgspec.Struct):
    name: str
    description: str | None = None
    parameters: Any = None


class Tool(msgspec.Struct):
    type: str = "function"
    function: Function | None = None


class Named(msgspec.Struct):
    name: str = ""


class ToolChoice(msgspec.Struct):
    type: str = "function"
    function: Named = msgspec.field(default_factory=Named)


class JsonSchema(msgspec.Struct):
    schema: Any = None


class ResponseFormat(msgspec.Struct):
    type: str = "text"
    json_schema: JsonSchema | None = None


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Request(msgspec.Struct):
    model: str
    messages: list[Message]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: str | None = None
    tools: list[Tool] | None = None
    tool_choice: str | ToolChoice | None = None
    response_format: ResponseFormat | None = None


def read(body: bytes, model: str) -> Prompt:
    request = decode(body, Request)
    if not request.messages:
        raise invalid("messages", "Expected an array with minimum length 1, but got an empty array instead.")
    limit = request.max_tokens if request.max_completion_tokens is None else request.max_completion_tokens
    if limit is not None and limit < 1:
        raise invalid("max_tokens", "Expected a value >= 1.")
    choice = request.tool_choice
    prompt = Prompt(
        model=model or request.model,
        stream=bool(request.stream),
        limit=limit,
        may_call=choice != "none",
        forced=choice.function.name if isinstance(choice, ToolChoice) else "",
        must_call=choice == "required" or isinstance(choice, ToolChoice),
        thinks=request.reasoning_effort not in (None, "none"),
        schema=_schema(request.response_format),
        wants_usage=not request.stream
        or bool(request.stream_options and request.stream_options.include_usage),
    )
    _tools(prompt, request.tools or [])
    for message in request.messages:
        _message(prompt, message)
    return prompt


def _schema(wanted: ResponseFormat | None) -> Any:
    if wanted is None or wanted.type == "text":
        return None
    return wanted.json_schema.schema if wanted.json_schema else JSON_OBJECT


def _tools(prompt: Prompt, tools: list[Tool]) -> None:
    for tool in tools:
        if tool.function is None:
            prompt.offer(tool.type, "", None, callable_=False)
        else:
            function = tool.function
            prompt.offer(function.name, function.description or "", function.parameters, callable_=True)


def _message(prompt: Prompt, message: Message) -> None:
    parts = [Part("text", message.content)] if isinstance(message.content, str) else message.content or []
    if message.role in ("system", "developer"):
        for part in parts:
            prompt.tally.text(part.text)
        return
    prompt.turn("model" if message.role == "assistant" else "user")
    if message.role in ("tool", "function"):
        prompt.returned("".join(part.text for part in parts))
        return
    for part in parts:
        _part(prompt, part, user=message.role == "user")
    for call in message.tool_calls or []:
        prompt.tally.call(call.function.name, call.function.arguments)


def _part(prompt: Prompt, part: Part, *, user: bool) -> None:
    if part.type == "text":
        prompt.text("user" if user else "model", part.text)
    elif part.type in ("image_url", "input_audio", "file"):
        prompt.tally.media += 1
