"""Looking after stored responses: `GET`, `DELETE /v1/responses/{id}`, `…/cancel`, `…/input_items`."""

from urllib.parse import parse_qsl, quote, urlencode

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.base import Call, Codec, Reading
from proxyapp.protocols.openai_responses.codec import OpenAIResponsesCodec
from proxyapp.protocols.reading import PlainDocument

ASKED: dict[str, tuple[str, ...]] = {"": ("GET", "DELETE"), "/cancel": ("POST",), "/input_items": ("GET",)}
"""Methods by what follows the id."""

_PASSED_ON = frozenset(("include", "include[]", "limit", "order", "after"))
"""What travels of the query."""


class StoredResponseCodec(OpenAIResponsesCodec):
    """The path holds the id where others hold the model; the verb is the method and what follows the id. The
    model is that of the response, which `proxyapp.stored` knows.
    """

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        if "stream" in query and ("stream", "true") in parse_qsl(query):
            raise InvalidRequest("'stream' is not offered for stored responses.", param="stream")
        return Call(
            protocol=self.name,
            model="",
            body=body,
            max_output=0,
            carriers=(self.name,),
            previous=model or "",
            method=(verb or "").partition(" ")[0].encode(),
            where=_rest(verb or "", query),
        )

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return call.body

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return f"{super().target(base_url, call, upstream_model)}/{quote(call.previous, safe='')}{call.where}"

    def watch(self, call: Call) -> Reading:
        return PlainDocument()


def _rest(verb: str, query: str) -> str:
    """What follows the id."""
    kept = [pair for pair in parse_qsl(query) if pair[0] in _PASSED_ON]
    return verb.partition(" ")[2] + (f"?{urlencode(kept)}" if kept else "")


STORED: Codec = StoredResponseCodec()
