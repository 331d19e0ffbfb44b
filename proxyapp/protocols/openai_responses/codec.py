"""The face of this protocol."""

from proxyapp.errors import Problem
from proxyapp.protocols.address import versioned_anywhere
from proxyapp.protocols.base import Call, Codec, Header, ProtocolName, Reading
from proxyapp.protocols.openai_responses.errors import write_failure, write_failure_event
from proxyapp.protocols.openai_responses.request import read_call, write_call
from proxyapp.protocols.openai_responses.stream import ResponseDocument, ResponseStream
from proxyapp.protocols.words import refusal_words


class OpenAIResponsesCodec:
    """See `base.Codec` for what each of these promises."""

    name: ProtocolName = "openai_responses"

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return read_call(body)

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return write_call(call, upstream_model, max_output)

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return versioned_anywhere(base_url, "v1") + "/responses"

    def credentials(self, secret: str) -> list[Header]:
        return [(b"authorization", b"Bearer " + secret.encode())]

    def watch(self, call: Call) -> Reading:
        return ResponseStream() if call.stream else ResponseDocument()

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        return write_failure(problem, trace_id)

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        return write_failure_event(problem, trace_id, call)

    def refusal(self, status: int, body: bytes) -> str:
        return refusal_words(body)


CODEC: Codec = OpenAIResponsesCodec()
