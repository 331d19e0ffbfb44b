"""Annotations of texts."""

from typing import Any

from proxyapp.protocols.canonical import Citation


def citation_in(annotation: Any) -> Citation | None:
    """The source that an annotation names; None for an annotation of another kind, or a broken one.

    Files are known here by their names alone: their ids mean nothing to anybody else.
    """
    if not isinstance(annotation, dict):
        return None
    url, title = _text(annotation, "url"), _text(annotation, "title") or _text(annotation, "filename")
    if not url and not title:
        return None
    start, end = _place(annotation, "start_index"), _place(annotation, "end_index")
    return Citation(url=url, title=title, start=start, end=end)


def annotation_of(citation: Citation, length: int) -> dict[str, Any]:
    """The annotation that names this source. `length` is that of the text so far, all of which is meant
    where the citation does not say more.
    """
    if not citation.url:
        return {"type": "file_citation", "file_id": "", "filename": citation.title, "index": 0}
    return {
        "type": "url_citation",
        "url": citation.url,
        "title": citation.title,
        "start_index": citation.start or 0,
        "end_index": length if citation.end is None else citation.end,
    }


def _text(annotation: dict[str, Any], name: str) -> str:
    value = annotation.get(name)
    return value if isinstance(value, str) else ""


def _place(annotation: dict[str, Any], name: str) -> int | None:
    value = annotation.get(name)
    return value if type(value) is int else None
