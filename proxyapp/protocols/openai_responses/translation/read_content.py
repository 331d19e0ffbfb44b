"""The parts of messages and of tool outputs in a request."""

from collections.abc import Callable

from proxyapp.protocols.canonical import Cache, Media, Refusal, Text
from proxyapp.protocols.openai_responses.translation.citations import citation_in
from proxyapp.protocols.openai_responses.translation.media import read_audio, read_file, read_image
from proxyapp.protocols.openai_responses.translation.node import Node

Content = Text | Media | Refusal


def read_content(item: Node, name: str = "content") -> list[Content]:
    """The parts in a message's content: a string, or a list of parts."""
    if isinstance(item.get(name), str):
        text = item.text(name)
        return [Text(text=text)] if text else []
    return [_read_part(part) for part in item.nodes(name)]


def read_output(item: Node) -> list[Text | Media]:
    """What a tool gave back, where it may be a string or a list of parts."""
    if item.get("output") is None:
        raise item.complaint("output", "is required")
    parts = read_content(item, "output")
    return [Text(text=part.text) if isinstance(part, Refusal) else part for part in parts]


def read_cache(part: Node) -> Cache:
    """How long the prompt up to here should be kept: half an hour counts as the shorter time."""
    breakpoint_ = part.node("prompt_cache_breakpoint")
    if breakpoint_ is None:
        return ""
    breakpoint_.ignore("mode")
    return "1h" if breakpoint_.text("ttl") == "12h" else "5m"


def _read_part(part: Node) -> Content:
    kind = part.required("type")
    read = _READERS.get(kind)
    if read is None:
        raise part.complaint("type", "is no type of content that can be translated")
    return read(part)


def _read_text(part: Node) -> Text:
    if part.get("text") is None:
        raise part.complaint("text", "is required")
    citations = [found for note in part.nodes("annotations") if (found := citation_in(note.members()))]
    part.ignore("logprobs")
    return Text(text=part.text("text"), cache=read_cache(part), citations=citations)


def _read_refusal(part: Node) -> Refusal:
    return Refusal(text=part.text("refusal"))


def _read_image(part: Node) -> Media:
    media = read_image(part)
    media.cache = read_cache(part)
    return media


def _read_file(part: Node) -> Media:
    media = read_file(part)
    media.cache = read_cache(part)
    return media


_READERS: dict[str, Callable[[Node], Content]] = {
    "input_text": _read_text,
    "output_text": _read_text,
    "text": _read_text,
    "refusal": _read_refusal,
    "input_image": _read_image,
    "input_file": _read_file,
    "input_audio": read_audio,
}
