"""The face of this protocol."""

from proxyapp.errors import Problem
from proxyapp.protocols.address import versioned_anywhere
from proxyapp.protocols.base import Call, Codec, Header, ProtocolName, Reading
from proxyapp.protocols.openai_chat.errors import write_failure, write_failure_event
from proxyapp.protocols.openai_chat.request import read_call, write_call
from proxyapp.protocols.openai_chat.stream import ChatDocument, ChatStream, HidingChatStream
from proxyapp.protocols.words import refusal_words


class OpenAIChatCodec:
    """See `base.Codec` for what each of these promises."""

    name: ProtocolName = "openai_chat"

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return read_call(body)

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return write_call(call, upstream_model, max_output)

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return versioned_anywhere(base_url, "v1") + "/chat/completions"

    def credentials(self, secret: str) -> list[Header]:
        return [(b"authorization", b"Bearer " + secret.encode())]

    def watch(self, call: Call) -> Reading:
        if not call.stream:
            return ChatDocument()
        return HidingChatStream() if call.hides_usage else ChatStream()

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        return write_failure(problem, trace_id)

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        return write_failure_event(problem, trace_id, call)

    def refusal(self, status: int, body: bytes) -> str:
        return refusal_words(body)


CODEC: Codec = OpenAIChatCodec()
