"""`POST /v1/responses/compact`: a conversation, made shorter by its model."""

import msgspec

from proxyapp.protocols.base import Call, Codec
from proxyapp.protocols.openai_responses.codec import OpenAIResponsesCodec
from proxyapp.protocols.openai_responses.request import read_call


class CompactCodec(OpenAIResponsesCodec):
    """As Responses, but never streamed, never stored, and without a ceiling that could be lowered."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return msgspec.structs.replace(
            read_call(body), stream=False, stored=False, lowers=False, max_output=None, carriers=(self.name,)
        )

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return super().target(base_url, call, upstream_model) + "/compact"


COMPACT: Codec = CompactCodec()
