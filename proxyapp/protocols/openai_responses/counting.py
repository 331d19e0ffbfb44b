"""`POST /v1/responses/input_tokens`: how many input tokens a Responses request has."""

import msgspec

from proxyapp.protocols import estimating
from proxyapp.protocols.base import Call, CountingCodec, Reading
from proxyapp.protocols.body import read_body
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_responses.codec import OpenAIResponsesCodec
from proxyapp.protocols.openai_responses.request import stored_input
from proxyapp.protocols.reading import PlainDocument


class ResponsesCountingCodec(OpenAIResponsesCodec):
    """Its errors and credentials are those of Responses."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        fields = read_body(body)
        if name := stored_input(fields):
            raise fields.complaint(name, "cannot be counted here")
        return Call(
            protocol=self.name,
            model=read_model(fields),
            body=body,
            max_output=0,
            carriers=(self.name,),
            previous=fields.text("previous_response_id") or "",
        )

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return super().target(base_url, call, upstream_model) + "/input_tokens"

    def watch(self, call: Call) -> Reading:
        return PlainDocument()

    def estimate(self, call: Call) -> bytes:
        counted = estimating.tokens(call.body) + call.prior
        return msgspec.json.encode({"object": "response.input_tokens", "input_tokens": counted})


COUNTING: CountingCodec = ResponsesCountingCodec()
