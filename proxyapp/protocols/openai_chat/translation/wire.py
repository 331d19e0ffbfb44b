"""A chat request as far as it is understood. What is not declared here is a loss.

Beside OpenAI's own fields there are habits of clients and compatible providers: `reasoning` (OpenRouter,
claude-code-router), `thinking` (Anthropic, GLM), `enable_thinking` (Qwen), `cache_control`,
`reasoning_content` and `reasoning_details` in assistant messages.
"""

from typing import Any, Literal

from msgspec import Struct

Number = int | float


class Link(Struct):
    """A link or a data URL."""

    url: str
    detail: str | None = None


class Sound(Struct):
    data: str
    format: str


class Document(Struct):
    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class CacheControl(Struct):
    type: str = "ephemeral"
    ttl: str | None = None


class Breakpoint(Struct):
    """OpenAI's mark for the end of a prompt prefix that is used again."""

    mode: str = "explicit"
    ttl: str | None = None


class Part(Struct):
    """A piece of content; `type` says which of the others is meant."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | Link | None = None
    audio_url: str | Link | None = None
    video_url: str | Link | None = None
    file_url: str | Link | None = None
    input_audio: Sound | None = None
    file: Document | None = None
    cache_control: CacheControl | None = None
    prompt_cache_breakpoint: Breakpoint | None = None


class Called(Struct):
    """A function called. Some clients send the arguments as the object they are."""

    name: str
    arguments: str | dict[str, Any] = ""


class CustomCalled(Struct):
    name: str
    input: str = ""


class ToolCall(Struct):
    id: str = ""
    type: str = "function"
    index: Any = None
    function: Called | None = None
    custom: CustomCalled | None = None
    extra_content: dict[str, Any] | None = None  # Gemini's signature, behind its chat endpoint


class Thought(Struct):
    """Thinking as claude-code-router sends it (Ollama: its text alone); its signature is none."""

    content: str = ""
    signature: Any = None


class Message(Struct):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Called | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    thinking: Thought | str | None = None
    annotations: list[dict[str, Any]] | None = None
    cache_control: CacheControl | None = None


class Function(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Custom(Struct):
    name: str
    description: str | None = None
    format: dict[str, Any] | None = None


class Tool(Struct):
    type: str = "function"
    function: Function | None = None
    custom: Custom | None = None
    cache_control: CacheControl | None = None


class Named(Struct):
    name: str


class Chosen(Struct):
    """One tool by name, in a tool choice."""

    type: str = "function"
    function: Named | None = None
    custom: Named | None = None


class AllowedTools(Struct):
    tools: list[Chosen]
    mode: Literal["auto", "required"] = "auto"


class Choice(Struct):
    type: str = "function"
    function: Named | None = None
    custom: Named | None = None
    allowed_tools: AllowedTools | None = None


class JsonSchema(Struct):
    name: str = ""
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseFormat(Struct):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class RouterReasoning(Struct):
    """OpenRouter's form."""

    effort: str | None = None
    enabled: bool | None = None
    max_tokens: int | None = None
    exclude: bool | None = None


class ThinkingSwitch(Struct):
    """Anthropic's form, which GLM and others have taken over."""

    type: Literal["enabled", "disabled", "adaptive", "auto"]
    budget_tokens: int | None = None


class WebSearch(Struct):
    """Its settings mean nothing elsewhere."""


class StreamOptions(Struct):
    include_usage: Any = None


class Request(Struct):
    """The whole body."""

    messages: list[Message]
    model: Any = None
    stream: Any = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    modalities: list[str] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    tools: list[Tool] | None = None
    tool_choice: str | Choice | None = None
    functions: list[Function] | None = None
    function_call: str | Named | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    stop: str | list[str] | None = None
    temperature: Number | None = None
    top_p: Number | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    reasoning_effort: str | None = None
    reasoning: RouterReasoning | None = None
    thinking: ThinkingSwitch | None = None
    enable_thinking: bool | None = None
    thinking_budget: int | None = None
    include_reasoning: bool | None = None
    verbosity: str | None = None
    web_search_options: WebSearch | None = None
    user: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
