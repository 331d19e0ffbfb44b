"""Reading OpenAI Responses requests."""

import secrets
from typing import Any

import msgspec

from proxyapp.sandbox.prompt import JSON_OBJECT, Prompt
from proxyapp.sandbox.refusal import convert, decode, invalid
from proxyapp.sandbox.tally import Side


class Part(msgspec.Struct):
    type: str = "input_text"
    text: str = ""


class Item(msgspec.Struct):
    """One entry of ``input``; its ``input`` is what a custom tool was called with.

    What is open here is a string in some kinds of item and a list or an object in others.
    """

    type: str = "message"
    role: str = "user"
    content: Any = None
    name: str | None = ""
    arguments: Any = None
    input: Any = None
    output: Any = None


class Tool(msgspec.Struct):
    type: str = "function"
    name: str = ""
    description: str | None = None
    parameters: Any = None


class ToolChoice(msgspec.Struct):
    type: str = "function"
    name: str = ""


class Reasoning(msgspec.Struct):
    effort: str | None = None
    summary: str | None = None


class Format(msgspec.Struct):
    type: str = "text"
    schema: Any = None


class TextConfig(msgspec.Struct):
    format: Format | None = None


class Request(msgspec.Struct):
    model: str
    input: str | list[Item]
    instructions: str | None = None
    stream: bool | None = False
    max_output_tokens: int | None = None
    tools: list[Tool] | None = None
    tool_choice: str | ToolChoice | None = None
    reasoning: Reasoning | None = None
    text: TextConfig | None = None
    include: list[str] | None = None
    previous_response_id: str | None = None
    store: bool | None = None


class Echo(msgspec.Struct):
    """The fields that the answer repeats as they came, unread."""

    instructions: msgspec.Raw = msgspec.Raw(b"null")
    max_output_tokens: msgspec.Raw = msgspec.Raw(b"null")
    metadata: msgspec.Raw = msgspec.Raw(b"{}")
    parallel_tool_calls: msgspec.Raw = msgspec.Raw(b"true")
    prompt_cache_key: msgspec.Raw = msgspec.Raw(b"null")
    reasoning: msgspec.Raw = msgspec.Raw(b'{"effort":null,"summary":null}')
    store: msgspec.Raw = msgspec.Raw(b"true")
    temperature: msgspec.Raw = msgspec.Raw(b"1.0")
    text: msgspec.Raw = msgspec.Raw(b'{"format":{"type":"text"}}')
    tool_choice: msgspec.Raw = msgspec.Raw(b'"auto"')
    tools: msgspec.Raw = msgspec.Raw(b"[]")
    top_p: msgspec.Raw = msgspec.Raw(b"1.0")
    truncation: msgspec.Raw = msgspec.Raw(b'"disabled"')


def read(body: bytes, model: str) -> Prompt:
    request = decode(body, Request)
    _check(request)
    choice = request.tool_choice
    reasoning = request.reasoning
    prompt = Prompt(
        model=model or request.model,
        stream=bool(request.stream),
        limit=request.max_output_tokens,
        may_call=choice != "none",
        forced=choice.name if isinstance(choice, ToolChoice) else "",
        must_call=choice == "required" or isinstance(choice, ToolChoice),
        thinks=reasoning is not None and reasoning.effort != "none",
        shows_thinking=reasoning is not None and reasoning.summary is not None,
        schema=_schema(request.text),
        echo=msgspec.structs.asdict(decode(body, Echo)),
        seals="reasoning.encrypted_content" in (request.include or ()),
        answer_id=f"resp_{secrets.token_hex(16)}",
        keeps=request.store is not False,
        previous=request.previous_response_id or "",
        items=_stored(request.input),
    )
    prompt.tally.text(request.instructions or "")
    _tools(prompt, request.tools or [])
    for item in [Item(content=request.input)] if isinstance(request.input, str) else request.input:
        _item(prompt, item)
    return prompt


def _check(request: Request) -> None:
    if not request.input:
        raise invalid("input", "at least one item is required")
    if request.max_output_tokens is not None and request.max_output_tokens < 1:
        raise invalid("max_output_tokens", "Expected a value >= 1.")


def _stored(items: str | list[Item]) -> bytes:
    """The input as it is kept: a text alone becomes a message."""
    if not isinstance(items, str):
        return msgspec.json.encode(items)
    part = {"type": "input_text", "text": items}
    message = {"type": "message", "id": f"msg_{secrets.token_hex(12)}", "role": "user", "content": [part]}
    return msgspec.json.encode([message])


def _schema(text: TextConfig | None) -> Any:
    if text is None or text.format is None or text.format.type == "text":
        return None
    return JSON_OBJECT if text.format.schema is None else text.format.schema


def _tools(prompt: Prompt, tools: list[Tool]) -> None:
    for tool in tools:
        prompt.offer(
            tool.name or tool.type,
            tool.description or "",
            tool.parameters,
            callable_=tool.type in ("function", "custom"),
            custom=tool.type == "custom",
        )


def _item(prompt: Prompt, item: Item) -> None:
    if item.type == "message":
        _message(prompt, item)
    elif item.type in ("function_call", "custom_tool_call"):
        prompt.turn("model")
        prompt.tally.call(item.name or "", item.input if item.arguments is None else item.arguments)
    elif item.type in ("function_call_output", "custom_tool_call_output"):
        prompt.turn("user")
        parts = _parts(item.output)
        prompt.returned("".join(part.text for part in parts))
        prompt.tally.media += sum(map(_is_media, parts))


def _message(prompt: Prompt, item: Item) -> None:
    parts = _parts(item.content)
    if item.role in ("system", "developer"):
        for part in parts:
            prompt.tally.text(part.text)
        return
    side: Side = "model" if item.role == "assistant" else "user"
    prompt.turn(side)
    for part in parts:
        prompt.text(side, part.text)
    prompt.tally.media += sum(map(_is_media, parts))


def _parts(text: Any) -> list[Part]:
    """A text or a list of parts, read as parts."""
    return [Part(text=text)] if isinstance(text, str) else convert(text or [], list[Part])


def _is_media(part: Part) -> bool:
    return part.type in ("input_image", "input_audio", "input_file")
