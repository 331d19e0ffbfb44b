"""A provider's whole chat answer."""

import secrets
from typing import Any

import msgspec

from proxyapp.protocols.canonical import Answer, Media, Part, Refusal, Text, Thinking, ToolUse
from proxyapp.protocols.carrying import arguments_of
from proxyapp.protocols.openai_chat.translation.citations import read_citations
from proxyapp.protocols.openai_chat.translation.stops import read_stop
from proxyapp.protocols.openai_chat.translation.thinking import extra_seal, reasoned
from proxyapp.protocols.openai_chat.translation.usage import believed


class Function(msgspec.Struct, gc=False):
    name: Any = None
    arguments: Any = None
    input: Any = None  # of a custom tool


class ToolCall(msgspec.Struct, gc=False):
    """One tool call, or a piece of it."""

    index: Any = None
    id: Any = None
    function: Function | None = None
    custom: Function | None = None
    extra_content: Any = None


class Message(msgspec.Struct, gc=False):
    """A message, or a piece of it. Anything may be of another type than it should."""

    content: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    refusal: Any = None
    annotations: Any = None
    images: Any = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None


class Choice(msgspec.Struct, gc=False):
    message: Message = msgspec.field(default_factory=Message)
    index: Any = 0
    finish_reason: Any = None
    usage: Any = None  # where some compatible providers put it


class Completion(msgspec.Struct, gc=False):
    choices: list[Choice]
    usage: Any = None


_decode = msgspec.json.Decoder(Completion).decode


def read_answer(document: bytes) -> Answer:
    """See `Translator`. An answer without choices cannot be read."""
    completion = _decode(document)
    if not completion.choices:
        raise msgspec.ValidationError("There is no choice in the answer.")
    choice = completion.choices[0]
    message = choice.message
    calls = [part for call in message.tool_calls or () for part in read_call(call)]
    if message.function_call is not None:
        calls += read_call(ToolCall(function=message.function_call))
    refused = isinstance(message.refusal, str) and bool(message.refusal)
    reason = choice.finish_reason
    return Answer(
        parts=[*_said(message), *calls],
        stop=read_stop(reason if isinstance(reason, str) else "", called=bool(calls), refused=refused),
        usage=believed(completion.usage) or believed(choice.usage),
    )


def read_call(call: ToolCall) -> list[Part]:
    """A call, behind the Thinking with its seal if it has one; nothing where there is none in it."""
    function = call.function or call.custom
    if function is None or not isinstance(function.name, str):
        return []
    call_id = call.id if isinstance(call.id, str) and call.id else new_id()
    custom = call.function is None
    use = ToolUse(call_id, function.name, text_of_arguments(function), custom=custom)
    extra = call.extra_content
    return [Thinking(seal=extra_seal(extra)), use] if isinstance(extra, dict) and extra else [use]


def new_id() -> str:
    """An id for a call that came without."""
    return f"call_{secrets.token_hex(12)}"


def text_of_arguments(function: Function) -> str:
    """Arguments or input, or a piece of them. Some providers send the object itself."""
    value = function.arguments if function.arguments is not None else function.input
    if isinstance(value, dict | list):
        return arguments_of(value)
    return value if isinstance(value, str) else ""


def text_of(content: Any) -> str:
    """The text of a content, which some providers give in parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") for part in content if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def reasoning_of(message: Message) -> str:
    """The text of reasoning. Some providers give the same text under both names."""
    for value in (message.reasoning_content, message.reasoning):
        if isinstance(value, str) and value:
            return value
    return ""


def details_of(message: Message) -> list[dict[str, Any]]:
    """The details of reasoning."""
    details = message.reasoning_details
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def images_of(message: Message) -> list[Media]:
    """Images that were made, as OpenRouter and others give them."""
    images = message.images if isinstance(message.images, list) else []
    links = [image.get("image_url") for image in images if isinstance(image, dict)]
    urls = [link.get("url") for link in links if isinstance(link, dict)]
    return [_image(url) for url in urls if isinstance(url, str) and url]


def _image(url: str) -> Media:
    described, comma, data = url.partition(",")
    if comma and described.startswith("data:") and described.endswith(";base64"):
        return Media("image", media_type=described[5:-7], data=data)
    return Media("image", url=url)


def _said(message: Message) -> list[Part]:
    """Everything but calls."""
    parts: list[Part] = []
    if thinking := reasoned(details_of(message), reasoning_of(message)):
        parts.append(thinking)
    if text := text_of(message.content):
        parts.append(Text(text, citations=read_citations(message.annotations)))
    if isinstance(message.refusal, str) and message.refusal:
        parts.append(Refusal(message.refusal))
    return parts + images_of(message)
