"""Reading Gemini generateContent, streamGenerateContent and countTokens requests.

The provider takes proto JSON, so every field may come in camelCase or snake_case.
"""

from typing import Any

import msgspec

from proxyapp.sandbox.prompt import JSON_OBJECT, Prompt
from proxyapp.sandbox.refusal import convert, decode, invalid
from proxyapp.sandbox.tally import Side

_OPAQUE = frozenset(
    {"parameters", "parametersJsonSchema", "args", "response"} | {"responseSchema", "responseJsonSchema"}
)


class FunctionCall(msgspec.Struct):
    name: str = ""
    args: Any = None


class FunctionResponse(msgspec.Struct):
    name: str = ""
    response: Any = None


class Part(msgspec.Struct, rename="camel"):
    text: str = ""
    thought: bool = False
    inline_data: Any = None
    file_data: Any = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None


class Content(msgspec.Struct):
    parts: list[Part] = []
    role: str | None = None


class Function(msgspec.Struct, rename="camel"):
    name: str
    description: str = ""
    parameters: Any = None
    parameters_json_schema: Any = None


class Tool(msgspec.Struct, rename="camel"):
    function_declarations: list[Function] = []


class CallingConfig(msgspec.Struct, rename="camel"):
    mode: str = "AUTO"
    allowed_function_names: list[str] = []


class ToolConfig(msgspec.Struct, rename="camel"):
    function_calling_config: CallingConfig | None = None


class ThinkingConfig(msgspec.Struct, rename="camel"):
    include_thoughts: bool = False
    thinking_budget: int | None = None


class GenerationConfig(msgspec.Struct, rename="camel"):
    max_output_tokens: int | None = None
    thinking_config: ThinkingConfig | None = None
    response_mime_type: str = ""
    response_schema: Any = None
    response_json_schema: Any = None


class Request(msgspec.Struct, rename="camel"):
    contents: list[Content]
    system_instruction: Content | None = None
    tools: list[Tool] = []
    tool_config: ToolConfig | None = None
    generation_config: GenerationConfig = msgspec.field(default_factory=GenerationConfig)


def read(body: bytes, model: str) -> Prompt:
    return _prompt(convert(camel(decode(body, dict)), Request), model)


def read_count(body: bytes, model: str) -> Prompt:
    """countTokens: bare contents, or a whole generateContentRequest."""
    found = camel(decode(body, dict))
    return _prompt(convert(found.get("generateContentRequest", found), Request), model)


def camel(value: Any) -> Any:
    """The same JSON with camelCase names; what belongs to the user (schemas, arguments) is left alone."""
    if isinstance(value, list):
        return [camel(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    renamed = ((_camel_name(name), entry) for name, entry in value.items())
    return {name: entry if name in _OPAQUE else camel(entry) for name, entry in renamed}


def _camel_name(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _prompt(request: Request, model: str) -> Prompt:
    if not request.contents:
        raise invalid("contents", "contents is not specified")
    config = request.generation_config
    if config.max_output_tokens is not None and config.max_output_tokens < 1:
        raise invalid("generationConfig.maxOutputTokens", "max_output_tokens must be positive.")
    calling = (request.tool_config and request.tool_config.function_calling_config) or CallingConfig()
    thinking = config.thinking_config
    prompt = Prompt(
        model=model,
        limit=config.max_output_tokens,
        may_call=calling.mode.upper() != "NONE",
        forced=calling.allowed_function_names[0] if calling.allowed_function_names else "",
        must_call=calling.mode.upper() == "ANY",
        thinks=thinking is not None and thinking.thinking_budget != 0,
        shows_thinking=thinking is not None and thinking.include_thoughts,
        schema=_schema(config),
    )
    _system(prompt, request)
    for content in request.contents:
        _content(prompt, content)
    return prompt


def _schema(config: GenerationConfig) -> Any:
    wanted = config.response_json_schema or config.response_schema
    return wanted or (JSON_OBJECT if config.response_mime_type == "application/json" else None)


def _system(prompt: Prompt, request: Request) -> None:
    for tool in request.tools:
        for function in tool.function_declarations:
            schema = function.parameters_json_schema or function.parameters
            prompt.offer(function.name, function.description, schema, callable_=True)
    for part in request.system_instruction.parts if request.system_instruction else ():
        prompt.tally.text(part.text)


def _content(prompt: Prompt, content: Content) -> None:
    side: Side = "model" if content.role == "model" else "user"
    prompt.turn(side)
    for part in content.parts:
        if part.text and not part.thought:
            prompt.text(side, part.text)
        if part.function_call:
            prompt.tally.call(part.function_call.name, part.function_call.args or {})
        if part.function_response:
            prompt.returned(_result(part.function_response.response))
        prompt.tally.media += (part.inline_data is not None) + (part.file_data is not None)


def _result(response: Any) -> str:
    """The text of a tool's answer: the single string under output or result, else compact JSON."""
    if isinstance(response, dict) and len(response) == 1:
        only = response.get("output", response.get("result"))
        if isinstance(only, str):
            return only
    return msgspec.json.encode(response).decode()
