"""Sources of a message: `annotations`."""

from collections.abc import Iterable
from typing import Any

from proxyapp.protocols.canonical import Citation, Text


def read_citations(annotations: Any) -> list[Citation]:
    """The sources in a list of annotations; what is none, or broken, is passed over."""
    if not isinstance(annotations, list):
        return []
    found = (each.get("url_citation") for each in annotations if isinstance(each, dict))
    return [_citation(each) for each in found if isinstance(each, dict) and isinstance(each.get("url"), str)]


def write_citations(texts: Iterable[Text]) -> list[dict[str, Any]]:
    """The annotations of a content that is these texts one after the other."""
    annotations, before = [], 0
    for text in texts:
        annotations += [write_citation(each, before, len(text.text)) for each in text.citations if each.url]
        before += len(text.text)
    return annotations


def write_citation(citation: Citation, before: int, length: int) -> dict[str, Any]:
    """One annotation, for a text of this `length` that stands behind `before` characters of content. A
    citation that does not say which part of it it means, means all."""
    start = 0 if citation.start is None else citation.start
    end = length if citation.end is None else citation.end
    said = {
        "start_index": before + start,
        "end_index": before + end,
        "url": citation.url,
        "title": citation.title,
    }
    return {"type": "url_citation", "url_citation": said}


def _citation(said: dict[str, Any]) -> Citation:
    title = said.get("title")
    return Citation(
        url=said["url"],
        title=title if isinstance(title, str) else "",
        start=_index(said.get("start_index")),
        end=_index(said.get("end_index")),
    )


def _index(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def within(citation: Citation, before: int) -> Citation:
    """A source of a whole content as one of a text behind `before` characters of it."""
    if not before or citation.start is None or citation.end is None:
        return citation
    start, end = max(citation.start - before, 0), max(citation.end - before, 0)
    return Citation(url=citation.url, title=citation.title, start=start, end=end)
