"""Reading Anthropic Messages requests."""

from typing import Any, Literal

import msgspec

from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import absent, decode, invalid

LEAST_BUDGET = 1024


class CacheControl(msgspec.Struct):
    type: str = "ephemeral"
    ttl: str = "5m"


class Block(msgspec.Struct):
    type: str
    text: str = ""
    name: str = ""
    input: Any = None
    content: "str | list[Block] | None" = None
    cache_control: CacheControl | None = None


Content = str | list[Block]


class Message(msgspec.Struct):
    role: Literal["user", "assistant", "system"]
    content: Content


class Tool(msgspec.Struct):
    name: str = ""
    description: str = ""
    input_schema: Any = None
    defer_loading: bool = False
    cache_control: CacheControl | None = None


class ToolChoice(msgspec.Struct):
    type: Literal["auto", "any", "tool", "none"] = "auto"
    name: str = ""


class Thinking(msgspec.Struct):
    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: int = 0
    display: str | None = None


class Format(msgspec.Struct):
    schema: Any = None


class OutputConfig(msgspec.Struct):
    format: Format | None = None


class Request(msgspec.Struct):
    model: str
    messages: list[Message]
    max_tokens: int | None = None
    system: Content = ""
    tools: list[Tool] = []
    tool_choice: ToolChoice = msgspec.field(default_factory=ToolChoice)
    stream: bool = False
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    cache_control: CacheControl | None = None


def read(body: bytes, model: str) -> Prompt:
    """A Messages request; ``max_tokens`` is required as the provider requires it."""
    request = decode(body, Request)
    if request.max_tokens is None:
        raise absent("max_tokens")
    if request.max_tokens < 1:
        raise invalid("max_tokens", "Input should be greater than or equal to 1")
    _check_budget(request.thinking, request.max_tokens)
    return _prompt(request, model)


def read_count(body: bytes, model: str) -> Prompt:
    """A count_tokens request: the same without ``max_tokens``."""
    return _prompt(decode(body, Request), model)


def _check_budget(thinking: Thinking | None, limit: int) -> None:
    if thinking is None or thinking.type != "enabled":
        return
    if thinking.budget_tokens < LEAST_BUDGET:
        raise invalid("thinking.enabled.budget_tokens", "Input should be greater than or equal to 1024")
    if thinking.budget_tokens >= limit:
        raise invalid("max_tokens", "`max_tokens` must be greater than `thinking.budget_tokens`")


def _prompt(request: Request, model: str) -> Prompt:
    if not request.messages:
        raise invalid("messages", "at least one message is required")
    thinking = request.thinking
    config = request.output_config
    prompt = Prompt(
        model=model or request.model,
        stream=request.stream,
        limit=request.max_tokens,
        may_call=request.tool_choice.type != "none",
        forced=request.tool_choice.name,
        must_call=request.tool_choice.type in ("any", "tool"),
        thinks=thinking is not None and thinking.type != "disabled",
        shows_thinking=thinking is None or thinking.display != "omitted",
        schema=config.format.schema if config and config.format else None,
    )
    _tools(prompt, request.tools)
    _system(prompt, request.system)
    for message in request.messages:
        _message(prompt, message)
    _mark(prompt, request.cache_control)
    return prompt


def _tools(prompt: Prompt, tools: list[Tool]) -> None:
    for tool in tools:
        ours = tool.input_schema is not None and not tool.defer_loading
        prompt.offer(tool.name, tool.description, tool.input_schema, callable_=ours)
        _mark(prompt, tool.cache_control)


def _system(prompt: Prompt, content: Content) -> None:
    for block in _blocks(content):
        prompt.tally.text(block.text)
        _mark(prompt, block.cache_control)


def _message(prompt: Prompt, message: Message) -> None:
    if message.role == "system":
        _system(prompt, message.content)
        return
    user = message.role == "user"
    prompt.turn("user" if user else "model")
    for block in _blocks(message.content):
        _block(prompt, block, user=user)
        _mark(prompt, block.cache_control)


def _block(prompt: Prompt, block: Block, *, user: bool) -> None:
    if block.type == "text":
        prompt.text("user" if user else "model", block.text)
    elif block.type == "tool_use":
        prompt.tally.call(block.name, block.input)
    elif block.type == "tool_result":
        parts = _blocks(block.content or "")
        prompt.returned("".join(part.text for part in parts))
        prompt.tally.media += sum(part.type != "text" for part in parts)
    elif block.type in ("image", "document"):
        prompt.tally.media += 1


def _blocks(content: Content) -> list[Block]:
    return [Block("text", content)] if isinstance(content, str) else content


def _mark(prompt: Prompt, marker: CacheControl | None) -> None:
    if marker is not None:
        prompt.tally.mark(marker.ttl)
