"""The parts of a Gemini answer that are read, and its usage."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.counting import count, counter, disjoint_input, report_in
from proxyapp.usage import TokenUsage


class FunctionCall(msgspec.Struct, gc=False):
    """A function called."""

    args: Raw = Raw()


class Code(msgspec.Struct, gc=False):
    """Code that the model wrote to be run."""

    code: Raw = Raw()


class Part(msgspec.Struct, gc=False, rename="camel"):
    """A piece of an answer. Media come inline and are not counted by their bytes."""

    text: Raw = Raw()
    function_call: FunctionCall | None = None
    executable_code: Code | None = None
    inline_data: Raw = Raw()

    def texts(self) -> Iterator[Raw]:
        """The generated text in it; the arguments of a function count as their JSON."""
        yield self.text
        if self.function_call is not None:
            yield self.function_call.args
        if self.executable_code is not None:
            yield self.executable_code.code


class Content(msgspec.Struct, gc=False):
    """What one candidate says."""

    parts: list[Part] | None = None


class Candidate(msgspec.Struct, gc=False, rename="camel"):
    """One of the answers, or a piece of it."""

    content: Content | None = None
    finish_reason: Any = None
    index: int | None = None


class Feedback(msgspec.Struct, gc=False, rename="camel"):
    """Why a prompt was not answered at all."""

    block_reason: Any = None


class Chunk(msgspec.Struct, gc=False, rename="camel"):
    """A `GenerateContentResponse`: a whole answer, or one of those that make a stream."""

    candidates: list[Candidate] | None = None
    usage_metadata: Any = None
    prompt_feedback: Feedback | None = None
    error: Any = None


decode = msgspec.json.Decoder(Chunk).decode


def read_usage(reported: Any) -> TokenUsage | None:
    """Disjoint counters. Gemini's `promptTokenCount` includes cached tokens, while the tokens of tool results
    come beside it, and those of thoughts beside `candidatesTokenCount`; some providers of Gemini include
    thoughts there, which shows in `totalTokenCount`. A counter that is zero is left out. Lie where a counter
    cannot be true, None where there is no prompt count.
    """
    report = report_in(reported)
    prompt = counter(report, "promptTokenCount")
    if prompt is None:
        return None
    cached = count(report, "cachedContentTokenCount")
    results = count(report, "toolUsePromptTokenCount")
    said, thoughts = count(report, "candidatesTokenCount"), count(report, "thoughtsTokenCount")
    included = thoughts <= said and count(report, "totalTokenCount") == prompt + results + said
    return TokenUsage(
        input=disjoint_input(prompt, cached, 0) + results,
        cache_read=cached,
        output=said if included else said + thoughts,
        reasoning=thoughts,
    )
