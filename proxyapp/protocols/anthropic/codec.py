"""The face of this protocol."""

from proxyapp.errors import Problem
from proxyapp.protocols.address import versioned
from proxyapp.protocols.anthropic.errors import write_failure, write_failure_event
from proxyapp.protocols.anthropic.request import read_call, write_call
from proxyapp.protocols.anthropic.stream import MessageDocument, MessageStream
from proxyapp.protocols.base import Call, Codec, Header, ProtocolName, Reading
from proxyapp.protocols.words import refusal_words


class AnthropicCodec:
    """See `base.Codec` for what each of these promises."""

    name: ProtocolName = "anthropic"

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return read_call(body)

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return write_call(call, upstream_model, max_output)

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return versioned(base_url, "v1") + "/messages"

    def credentials(self, secret: str) -> list[Header]:
        return [(b"x-api-key", secret.encode())]

    def watch(self, call: Call) -> Reading:
        return MessageStream() if call.stream else MessageDocument()

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        return write_failure(problem, trace_id)

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        return write_failure_event(problem, trace_id)

    def refusal(self, status: int, body: bytes) -> str:
        return refusal_words(body)


CODEC: Codec = AnthropicCodec()
