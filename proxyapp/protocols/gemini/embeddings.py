"""`:embedContent` and `:batchEmbedContents`: texts as vectors, paid by the tokens of the texts."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from proxyapp.protocols.base import Call, Codec, Reading
from proxyapp.protocols.body import Members, read_body, read_members, rewrite
from proxyapp.protocols.counting import count, counter, report_in
from proxyapp.protocols.gemini.codec import GeminiCodec
from proxyapp.protocols.gemini.references import count_references
from proxyapp.protocols.gemini.request import address, check_repeated, full_name, name_in_path
from proxyapp.protocols.reading import PlainDocument
from proxyapp.protocols.words import failure_words
from proxyapp.usage import TokenUsage

VERBS = ("embedContent", "batchEmbedContents")
_decode = msgspec.json.decode


class EmbeddingDocument(PlainDocument):
    """An answer; newer models report what they have read."""

    def note(self, members: dict[str, Raw]) -> None:
        if "error" in members:
            self.fail(failure_words(_decode(members["error"])))
        if "usageMetadata" in members:
            self.believe(_read_usage, _decode(members["usageMetadata"]))


class EmbeddingsCodec(GeminiCodec):
    """Its errors and credentials are those of generation."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        name, fields = name_in_path(model), read_body(body)
        check_repeated(fields, name)
        for request in _requests(fields):
            check_repeated(request, name)
        links, unbounded, _ = count_references(body)
        return Call(
            protocol=self.name,
            model=name,
            body=body,
            max_output=0,
            remote_media=links,
            unbounded=unbounded,
            lowers=False,
            carriers=(self.name,),
            said={"calls": 1},
            where=verb or "",
        )

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        if upstream_model == call.model:
            return call.body
        fields, renamed = read_body(call.body), {"model": full_name(upstream_model)}
        edits: dict[str, Any] = renamed if fields.has("model") else {}
        if fields.has("requests"):
            requests = _decode(fields.found["requests"], type=list[Raw])
            edits = edits | {"requests": [Raw(rewrite(bytes(request), renamed)) for request in requests]}
        return rewrite(call.body, edits) if edits else call.body

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return address(base_url, upstream_model, call.where)

    def watch(self, call: Call) -> Reading:
        return EmbeddingDocument()


def _requests(fields: Members) -> Iterator[Members]:
    """The requests of a batch, each read as strictly as the whole."""
    if not fields.has("requests"):
        return
    try:
        requests = _decode(fields.found["requests"], type=list[Raw])
    except msgspec.ValidationError:
        raise fields.complaint("requests", "must be a list") from None
    for number, request in enumerate(requests):
        yield read_members(bytes(request), f"requests[{number}]")


def _read_usage(reported: Any) -> TokenUsage | None:
    report = report_in(reported)
    total = counter(report, "promptTokenCount")
    return TokenUsage(input=count(report, "totalTokenCount") if total is None else total)


EMBEDDINGS: Codec = EmbeddingsCodec()
