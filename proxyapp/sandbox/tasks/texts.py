"""Texts as vectors, in order, and judged."""

import struct
from base64 import b64encode
from typing import Any
from zlib import crc32

import msgspec

from proxyapp.sandbox.chunks import encode
from proxyapp.sandbox.refusal import decode, invalid
from proxyapp.sandbox.tally import Counts, tokens
from proxyapp.sandbox.tasks.job import Job

_DIMENSIONS = 8
_MOST_DIMENSIONS = 4096


class Embeddings(msgspec.Struct):
    model: str
    input: str | list[str | int | list[int]]
    encoding_format: str = "float"
    dimensions: int = _DIMENSIONS


class Rerank(msgspec.Struct):
    model: str
    query: str
    documents: list[str | dict[str, Any]]
    top_n: int | None = None


class Moderations(msgspec.Struct):
    input: Any
    model: str = "omni-moderation-latest"


class Part(msgspec.Struct):
    text: str = ""


class Content(msgspec.Struct):
    parts: list[Part]


class EmbedContent(msgspec.Struct):
    content: Content


class BatchEmbedContents(msgspec.Struct):
    requests: list[EmbedContent]


def embeddings(body: bytes, content_type: str, model: str) -> Job:
    asked = decode(body, Embeddings)
    texts = _texts(asked.input)
    if not texts:
        raise invalid("input", "must not be empty")
    if not 1 <= asked.dimensions <= _MOST_DIMENSIONS:
        raise invalid("dimensions", f"must be from 1 to {_MOST_DIMENSIONS}")
    total = sum(len(text) if isinstance(text, list) else tokens(text.encode()) for text in texts)

    def whole(claimed: Counts | None) -> bytes:
        vectors = [_vector(str(text), asked.dimensions) for text in texts]
        shown = [_packed(vector) if asked.encoding_format == "base64" else vector for vector in vectors]
        data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(shown)]
        answer: dict[str, Any] = {"object": "list", "data": data, "model": asked.model}
        if claimed:
            answer["usage"] = {"prompt_tokens": claimed.input, "total_tokens": claimed.input}
        return encode(answer)

    return Job(asked.model, Counts(input=total), whole)


def rerank(body: bytes, content_type: str, model: str) -> Job:
    asked = decode(body, Rerank)
    texts = [entry if isinstance(entry, str) else str(entry.get("text", "")) for entry in asked.documents]
    total = tokens("".join([asked.query, *texts]).encode())

    def whole(claimed: Counts | None) -> bytes:
        words = set(asked.query.lower().split())
        scores = [len(words & set(text.lower().split())) / (len(words) or 1) for text in texts]
        order = sorted(range(len(texts)), key=lambda at: -scores[at])[: asked.top_n]
        results = [
            {"index": at, "relevance_score": scores[at], "document": {"text": texts[at]}} for at in order
        ]
        answer: dict[str, Any] = {"id": "rerank-sandbox", "model": asked.model, "results": results}
        if claimed:
            answer["usage"] = {"prompt_tokens": claimed.input, "total_tokens": claimed.input}
        return encode(answer)

    return Job(asked.model, Counts(input=total), whole)


def moderations(body: bytes, content_type: str, model: str) -> Job:
    asked = decode(body, Moderations)
    number = len(asked.input) if isinstance(asked.input, list) else 1
    result = {
        "flagged": False,
        "categories": {"violence": False},
        "category_scores": {"violence": 0.01},
        "category_applied_input_types": {"violence": ["text"]},
    }

    def whole(claimed: Counts | None) -> bytes:
        return encode({"id": "modr-sandbox", "model": asked.model, "results": [result] * number})

    return Job(asked.model, Counts(), whole)


def embed_content(body: bytes, content_type: str, model: str) -> Job:
    return _embedded([decode(body, EmbedContent)], model, alone=True)


def batch_embed_contents(body: bytes, content_type: str, model: str) -> Job:
    return _embedded(decode(body, BatchEmbedContents).requests, model, alone=False)


def _embedded(requests: list[EmbedContent], model: str, *, alone: bool) -> Job:
    texts = ["".join(part.text for part in request.content.parts) for request in requests]

    def whole(claimed: Counts | None) -> bytes:
        vectors = [{"values": _vector(text, _DIMENSIONS)} for text in texts]
        answer: dict[str, Any] = {"embedding": vectors[0]} if alone else {"embeddings": vectors}
        if claimed:
            answer["usageMetadata"] = {"promptTokenCount": claimed.input, "totalTokenCount": claimed.input}
        return encode(answer)

    return Job(model, Counts(input=sum(tokens(text.encode()) for text in texts)), whole)


def _texts(given: str | list[str | int | list[int]]) -> list[str | list[int]]:
    """Every text by itself; a list of numbers is one text in tokens."""
    if isinstance(given, str):
        return [given]
    numbers = [entry for entry in given if isinstance(entry, int)]
    return [numbers] if numbers else [entry for entry in given if not isinstance(entry, int)]


def _vector(text: str, dimensions: int) -> list[float]:
    return [crc32(f"{at} {text}".encode()) / 2**31 - 1 for at in range(dimensions)]


def _packed(vector: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
