"""The old completions (`POST /v1/completions`): one text goes on from another."""

import time
from typing import Any

from msgspec import Raw

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Codec, ProtocolName
from proxyapp.protocols.body import Members, read_any, read_body
from proxyapp.protocols.counting import given
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_chat.codec import OpenAIChatCodec
from proxyapp.protocols.openai_chat.request import MOST_ANSWERS, check_one_model, write_with_ceilings
from proxyapp.protocols.openai_skin import error_object
from proxyapp.protocols.sse import write_event

CEILINGS = ("max_tokens",)
CARRIERS: tuple[ProtocolName, ...] = ("openai_chat", "openai_responses")


class CompletionsCodec(OpenAIChatCodec):
    """Answers are watched as those of chats are; only their text stands elsewhere."""

    name: ProtocolName = "openai"

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        fields = read_body(body)
        check_one_model(fields)
        stream = fields.flag("stream")
        options = fields.inner("stream_options")
        wanted = [fields.whole(name, most=MOST_ANSWERS) or 1 for name in ("n", "best_of")]
        return Call(
            protocol=self.name,
            model=read_model(fields),
            body=body,
            stream=stream,
            max_output=fields.whole("max_tokens", least=0),
            answers=max(wanted) * _prompts(fields),
            hides_usage=stream and not (options is not None and options.flag("include_usage")),
            carriers=CARRIERS,
        )

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return write_with_ceilings(call, upstream_model, max_output, CEILINGS)

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return (
            super().target(base_url, call, upstream_model).removesuffix("/chat/completions") + "/completions"
        )

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        """As in chats, with a chunk of this kind."""
        chunk = {
            "id": f"cmpl-{trace_id}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": call.model,
            "choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "error"}],
            "error": error_object(problem, trace_id),
        }
        return b"\n\n" + write_event(chunk) + b"data: [DONE]\n\n"


def _prompts(fields: Members) -> int:
    """How many texts are gone on from: a list of numbers is one, in tokens."""
    raw = fields.found.get("prompt", Raw())
    prompt: Any = read_any(bytes(raw)) if given(raw) else ""
    several = isinstance(prompt, list) and bool(prompt) and isinstance(prompt[0], str | list)
    return len(prompt) if several else 1


COMPLETIONS: Codec = CompletionsCodec()
