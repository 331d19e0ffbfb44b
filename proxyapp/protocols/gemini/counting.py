"""`:countTokens`: how many tokens a Gemini request has. What would be asked stands in the body as it is, or
whole, with its model, under `generateContentRequest`.
"""

from typing import Any

import msgspec

from proxyapp.protocols import estimating
from proxyapp.protocols.base import Call, CountingCodec, Reading
from proxyapp.protocols.body import read_body, rewrite, rewrite_inner
from proxyapp.protocols.gemini.codec import GeminiCodec
from proxyapp.protocols.gemini.request import address, check_repeated, full_name, name_in_path, spelling
from proxyapp.protocols.reading import PlainDocument

VERB = "countTokens"
_REQUEST = ("generateContentRequest", "generate_content_request")


class GeminiCountingCodec(GeminiCodec):
    """Its errors and credentials are those of generation."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        name = name_in_path(model)
        fields = read_body(body)
        check_repeated(fields, name)
        if inner := fields.inner(spelling(fields, _REQUEST)):
            check_repeated(inner, name)
        return Call(protocol=self.name, model=name, body=body, max_output=0, carriers=(self.name,))

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        if upstream_model == call.model:
            return call.body
        fields, edits = read_body(call.body), dict[str, Any]()
        renamed = {"model": full_name(upstream_model)}
        if fields.has("model"):
            edits |= renamed
        name = spelling(fields, _REQUEST)
        if (inner := fields.inner(name)) and inner.has("model"):
            edits[name] = rewrite_inner(fields, name, renamed)
        return rewrite(call.body, edits) if edits else call.body

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return address(base_url, upstream_model, VERB)

    def watch(self, call: Call) -> Reading:
        return PlainDocument()

    def estimate(self, call: Call) -> bytes:
        return msgspec.json.encode({"totalTokens": estimating.tokens(call.body)})


COUNTING: CountingCodec = GeminiCountingCodec()
