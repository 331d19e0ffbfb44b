"""Sources of a text. Anthropic gives them for a whole block, so they say nothing of where in the text."""

from typing import Any

from proxyapp.protocols.canonical import Citation


def read_citation(found: Any) -> Citation | None:
    """The source that a citation of any kind names; None where it names none."""
    if not isinstance(found, dict):
        return None
    source = _text(found, "source")
    citation = Citation(
        url=_text(found, "url") or (source if source.startswith(("http://", "https://")) else ""),
        title=_text(found, "title") or _text(found, "document_title"),
        quote=_text(found, "cited_text"),
    )
    return citation if citation != Citation() else None


def read_citations(found: Any) -> list[Citation]:
    """All of them, in order."""
    if not isinstance(found, list):
        return []
    return [citation for item in found if (citation := read_citation(item)) is not None]


def write_citation(citation: Citation) -> dict[str, Any]:
    """A source for a client: as a search result where it has an address, else as a place in a document."""
    if citation.url:
        return {
            "type": "web_search_result_location",
            "url": citation.url,
            "title": citation.title or None,
            "cited_text": citation.quote,
            "encrypted_index": "",
        }
    return {
        "type": "char_location",
        "document_index": 0,
        "document_title": citation.title or None,
        "cited_text": citation.quote,
        "start_char_index": 0,
        "end_char_index": len(citation.quote),
        "file_id": None,
    }


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""
