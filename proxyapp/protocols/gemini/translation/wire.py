"""The shapes of Gemini's answers, as much of them as is translated. What is rare stays undecoded."""

from typing import Any

import msgspec
from msgspec import Raw


class FunctionCall(msgspec.Struct, gc=False):
    name: str = ""
    args: Any = None
    id: str | None = None


class Code(msgspec.Struct, gc=False):
    """Code that the model had run at the provider."""

    code: str | None = None
    language: str | None = None


class Outcome(msgspec.Struct, gc=False):
    """What running it gave."""

    output: str | None = None


class Blob(msgspec.Struct, gc=False, rename="camel"):
    mime_type: str | None = None
    data: str | None = None


class File(msgspec.Struct, gc=False, rename="camel"):
    mime_type: str | None = None
    file_uri: str | None = None


class Part(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None
    file_data: File | None = None
    executable_code: Code | None = None
    code_execution_result: Outcome | None = None


class Content(msgspec.Struct, gc=False):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct, gc=False, rename="camel"):
    content: Content | None = None
    finish_reason: str | None = None
    grounding_metadata: Raw = Raw()
    citation_metadata: Raw = Raw()
    index: int | None = None


class Feedback(msgspec.Struct, gc=False, rename="camel"):
    block_reason: str | None = None


class Chunk(msgspec.Struct, gc=False, rename="camel"):
    """A whole answer, or a piece of a stream."""

    candidates: list[Candidate] | None = None
    usage_metadata: Raw = Raw()
    prompt_feedback: Feedback | None = None
    response_id: str | None = None

    @property
    def candidate(self) -> Candidate | None:
        """The first answer; a translated question asks for one."""
        if not self.candidates:
            return None
        first = self.candidates[0]
        return first if not first.index else next((each for each in self.candidates if not each.index), None)

    @property
    def blocked(self) -> bool:
        """Whether the prompt was not answered at all."""
        return self.prompt_feedback is not None and self.prompt_feedback.block_reason is not None


decode = msgspec.json.Decoder(Chunk).decode
