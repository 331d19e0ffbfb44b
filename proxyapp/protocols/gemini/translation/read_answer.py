"""A whole generateContent answer."""

from msgspec.structs import replace

from proxyapp.protocols.canonical import Answer, Part, Text, ToolUse
from proxyapp.protocols.gemini.translation import wire
from proxyapp.protocols.gemini.translation.citations import counting_characters, read_citations
from proxyapp.protocols.gemini.translation.read_parts import CallIds, read_data
from proxyapp.protocols.gemini.translation.seals import add_seal, sealed
from proxyapp.protocols.gemini.translation.stops import stop_of
from proxyapp.protocols.gemini.translation.usage import believed


def read_answer(document: bytes) -> Answer:
    """See `Translator`."""
    chunk = wire.decode(document)
    usage = believed(chunk.usage_metadata)
    candidate = chunk.candidate
    if candidate is None:
        return Answer([], "filter" if chunk.blocked else "end", usage)
    ids = CallIds()
    ids.told(chunk.response_id)
    parts: list[Part] = []
    places: list[int] = []  # of each part of Gemini's, the index of the Text made of it, or -1
    content = candidate.content or wire.Content()
    for part in content.parts or ():
        before = len(parts)
        _read_part(part, parts, ids)
        texts = (index for index in range(before, len(parts)) if isinstance(parts[index], Text))
        places.append(next(texts, -1))
    _cite(candidate, parts, places)
    called = any(isinstance(part, ToolUse) for part in parts)
    return Answer(parts, stop_of(candidate.finish_reason or "", called=called), usage)


def _read_part(part: wire.Part, parts: list[Part], ids: CallIds) -> None:
    signature = part.thought_signature or ""
    if part.thought:
        thinking = sealed(signature, part.text or "")
        if thinking.text or thinking.seal is not None:
            parts.append(thinking)
        return
    add_seal(parts, signature)
    if part.text:
        parts.append(Text(part.text))
    parts += read_data(part, ids)


def _cite(candidate: wire.Candidate, parts: list[Part], places: list[int]) -> None:
    """Put each source on the text it belongs to; where that is not said, on the first."""
    first = next((place for place in places if place >= 0), -1)
    for part, citation in read_citations(candidate.grounding_metadata, candidate.citation_metadata):
        place = places[part] if 0 <= part < len(places) and places[part] >= 0 else first
        text = parts[place] if place >= 0 else None
        if isinstance(text, Text):
            found = counting_characters(citation, text.text)
            parts[place] = replace(text, citations=[*text.citations, found])
