"""Sources: `groundingMetadata` and `citationMetadata`. Gemini counts bytes of UTF-8 where the canonical form
counts characters.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from proxyapp.protocols.canonical import Citation
from proxyapp.protocols.counting import BROKEN


class _Source(msgspec.Struct, gc=False):
    uri: str | None = None
    title: str | None = None
    text: str | None = None


class _GroundingChunk(msgspec.Struct, gc=False, rename="camel"):
    web: _Source | None = None
    retrieved_context: _Source | None = None


class _Segment(msgspec.Struct, gc=False, rename="camel"):
    part_index: int | None = None
    start_index: int | None = None
    end_index: int | None = None


class _Support(msgspec.Struct, gc=False, rename="camel"):
    segment: _Segment | None = None
    grounding_chunk_indices: list[int] | None = None


class _Grounding(msgspec.Struct, gc=False, rename="camel"):
    grounding_chunks: list[_GroundingChunk] | None = None
    grounding_supports: list[_Support] | None = None


class _Cited(msgspec.Struct, gc=False, rename="camel"):
    uri: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None


class _Citations(msgspec.Struct, gc=False):
    citations: list[_Cited] | None = None
    citation_sources: list[_Cited] | None = msgspec.field(default=None, name="citationSources")


_grounding = msgspec.json.Decoder(_Grounding).decode
_citations = msgspec.json.Decoder(_Citations).decode


def read_citations(grounding: Raw, citation: Raw) -> Iterator[tuple[int, Citation]]:
    """Each source, and which part of the answer it belongs to. `start` and `end` still count bytes."""
    if len(grounding):
        yield from _grounded(grounding)
    if len(citation):
        yield from _quoted(citation)


def counting_characters(citation: Citation, text: str) -> Citation:
    """The citation of this text with characters counted instead of bytes."""
    if text.isascii() or citation.end is None:
        return citation
    data = text.encode()
    start, end = (len(data[:at].decode(errors="ignore")) for at in (citation.start or 0, citation.end))
    return replace(citation, start=start, end=end)


def write_grounding(cited: list[tuple[int, str, Citation]]) -> dict[str, Any]:
    """The `groundingMetadata` of these citations: the index of the part, its text, and the source."""
    sources: list[dict[str, Any]] = []
    supports: list[dict[str, Any]] = []
    for part, text, citation in cited:
        source = _write_source(citation)
        if source not in sources:
            sources.append(source)
        if citation.start is not None and citation.end is not None:
            segment = _write_segment(part, text, citation.start, citation.end)
            supports.append({"segment": segment, "groundingChunkIndices": [sources.index(source)]})
    grounding: dict[str, Any] = {"groundingChunks": sources}
    return {**grounding, "groundingSupports": supports} if supports else grounding


def _grounded(raw: Raw) -> Iterator[tuple[int, Citation]]:
    try:
        grounding = _grounding(raw)
    except BROKEN:
        return
    sources = [_source(chunk) for chunk in grounding.grounding_chunks or ()]
    unused = dict.fromkeys(range(len(sources)))
    for support in grounding.grounding_supports or ():
        segment = support.segment or _Segment()
        for index in support.grounding_chunk_indices or ():
            if 0 <= index < len(sources):
                unused.pop(index, None)
                start, end = segment.start_index or 0, segment.end_index
                place = {"start": start, "end": end} if end is not None and 0 <= start <= end else {}
                yield segment.part_index or 0, replace(sources[index], **place)
    for index in unused:
        yield 0, sources[index]


def _source(chunk: _GroundingChunk) -> Citation:
    source = chunk.web or chunk.retrieved_context or _Source()
    return Citation(url=source.uri or "", title=source.title or "", quote=source.text or "")


def _quoted(raw: Raw) -> Iterator[tuple[int, Citation]]:
    try:
        found = _citations(raw)
    except BROKEN:
        return
    for cited in [*(found.citations or ()), *(found.citation_sources or ())]:
        start, end = cited.start_index or 0, cited.end_index
        if end is not None and not 0 <= start <= end:
            continue
        begin = None if end is None else start
        yield 0, Citation(url=cited.uri or "", title=cited.title or "", start=begin, end=end)


def _write_source(citation: Citation) -> dict[str, Any]:
    """A page, or, where it has no address, a document."""
    if citation.url:
        return {"web": {"uri": citation.url, "title": citation.title}}
    return {"retrievedContext": {"title": citation.title, "text": citation.quote}}


def _write_segment(part: int, text: str, start: int, end: int) -> dict[str, Any]:
    return {
        "partIndex": part,
        "startIndex": len(text[:start].encode()),
        "endIndex": len(text[:end].encode()),
        "text": text[start:end],
    }
