"""The face of this protocol."""

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Codec, Header, ProtocolName, Reading
from proxyapp.protocols.gemini.array import ContentArray
from proxyapp.protocols.gemini.errors import write_failure, write_failure_event
from proxyapp.protocols.gemini.request import read_call, target, write_call
from proxyapp.protocols.gemini.stream import ContentDocument, ContentStream
from proxyapp.protocols.words import refusal_words


class GeminiCodec:
    """See `base.Codec` for what each of these promises."""

    name: ProtocolName = "gemini"

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return read_call(body, model, verb, query)

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return write_call(call, upstream_model, max_output)

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return target(base_url, call, upstream_model)

    def credentials(self, secret: str) -> list[Header]:
        return [(b"x-goog-api-key", secret.encode())]

    def watch(self, call: Call) -> Reading:
        if not call.stream:
            return ContentDocument(call.answers)
        return ContentStream(call.answers) if call.sse else ContentArray(call.answers)

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        return write_failure(problem, trace_id)

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        return write_failure_event(problem, trace_id, call)

    def refusal(self, status: int, body: bytes) -> str:
        return refusal_words(body)


CODEC: Codec = GeminiCodec()
