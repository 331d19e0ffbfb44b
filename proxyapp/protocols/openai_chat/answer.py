"""The parts of a chat answer that are read, and its usage."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import count, counter, disjoint_input, part, report_in, text_size
from proxyapp.usage import TokenUsage


class Function(msgspec.Struct, gc=False):
    """A function called, or a piece of its arguments."""

    arguments: Raw = Raw()


class Custom(msgspec.Struct, gc=False):
    """A free-form tool called, or a piece of its input."""

    input: Raw = Raw()


class ToolCall(msgspec.Struct, gc=False):
    """One tool call, or a piece of it."""

    function: Function | None = None
    custom: Custom | None = None


class Spoken(msgspec.Struct, gc=False):
    """A piece of a spoken answer. The sound itself is not counted by its bytes."""

    transcript: Raw = Raw()


class Message(msgspec.Struct, gc=False):
    """A message, or a piece of it (`delta`). Reasoning goes by two names among compatible providers."""

    content: Raw = Raw()
    reasoning_content: Raw = Raw()
    reasoning: Raw = Raw()
    refusal: Raw = Raw()
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    audio: Spoken | None = None
    images: Raw = Raw()

    def is_plain(self) -> bool:
        """Whether there is nothing in it but content, as is usual."""
        others = self.reasoning_content or self.reasoning or self.refusal or self.tool_calls
        return not others and self.function_call is None and self.audio is None

    def does_more(self) -> bool:
        """Whether there is output in it that is no text."""
        called = bool(self.tool_calls) or self.function_call is not None
        return called or self.audio is not None or len(self.images) > 4  # neither null nor empty

    def texts(self) -> Iterator[Raw]:
        """The generated text in it, of every kind."""
        yield self.content
        # Some providers give the same text under both names.
        yield self.reasoning_content if text_size(self.reasoning_content) else self.reasoning
        yield self.refusal
        for call in self.tool_calls or ():
            if call.function is not None:
                yield call.function.arguments
            if call.custom is not None:
                yield call.custom.input
        if self.function_call is not None:
            yield self.function_call.arguments
        if self.audio is not None:
            yield self.audio.transcript


class Choice(msgspec.Struct, gc=False):
    """One of the answers."""

    delta: Message | None = None
    message: Message | None = None
    text: Raw = Raw()  # of the old completions
    finish_reason: Any = None
    usage: Any = None  # where some compatible providers put it


class Chunk(msgspec.Struct, gc=False):
    """A `chat.completion.chunk`, or a whole `chat.completion`."""

    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None


decode = msgspec.json.Decoder(Chunk).decode


def read_usage(reported: Any) -> TokenUsage | None:
    """Disjoint counters. OpenAI's `prompt_tokens` includes cached and written tokens, and its
    `completion_tokens` includes reasoning.

    Habits of compatible providers are understood: cached tokens at the top level (`cached_tokens`,
    `prompt_cache_hit_tokens`), and reasoning counted beside the completion, which shows in `total_tokens`;
    Gemini's chat endpoint names it nowhere else. Lie where a counter cannot be true; None where one of the
    two counts is missing.
    """
    report = report_in(reported)
    prompt, completion = counter(report, "prompt_tokens"), counter(report, "completion_tokens")
    if prompt is None or completion is None:
        return None
    details = part(report, "prompt_tokens_details")
    cached = max(
        count(details, "cached_tokens"),
        count(report, "cached_tokens"),
        count(report, "prompt_cache_hit_tokens"),
    )
    written = count(details, "cache_write_tokens")
    reasoning = count(part(report, "completion_tokens_details"), "reasoning_tokens")
    rest = count(report, "total_tokens") - prompt - completion
    if not reasoning and rest > 0 and rest not in (cached, written, cached + written):
        reasoning = rest
    if reasoning > completion or rest == reasoning:
        completion += reasoning
    return TokenUsage(
        input=disjoint_input(prompt, cached, written),
        cache_read=cached,
        cache_write_5m=written,
        output=completion,
        reasoning=reasoning,
    )
