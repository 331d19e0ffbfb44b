"""`POST /v1/messages/count_tokens`: how many input tokens a Messages request has."""

import msgspec

from proxyapp.protocols import estimating
from proxyapp.protocols.anthropic.codec import AnthropicCodec
from proxyapp.protocols.base import Call, CountingCodec, Reading
from proxyapp.protocols.body import read_body
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.reading import PlainDocument


class AnthropicCountingCodec(AnthropicCodec):
    """Its errors and credentials are those of Messages."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        name = read_model(read_body(body))
        return Call(protocol=self.name, model=name, body=body, max_output=0, carriers=(self.name,))

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return super().target(base_url, call, upstream_model) + "/count_tokens"

    def watch(self, call: Call) -> Reading:
        return PlainDocument()

    def estimate(self, call: Call) -> bytes:
        return msgspec.json.encode({"input_tokens": estimating.tokens(call.body)})


COUNTING: CountingCodec = AnthropicCountingCodec()
