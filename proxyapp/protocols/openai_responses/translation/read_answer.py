"""Reading a whole answer of OpenAI's."""

from collections.abc import Callable
from typing import Any

import msgspec

from proxyapp.protocols.canonical import Answer, Media, Part, Refusal, Text, ToolUse
from proxyapp.protocols.counting import BROKEN
from proxyapp.protocols.openai_responses.translation.citations import citation_in
from proxyapp.protocols.openai_responses.translation.reasoning import thinking_of
from proxyapp.protocols.openai_responses.translation.stops import stop_of
from proxyapp.protocols.openai_responses.translation.tools import flat_name
from proxyapp.protocols.openai_responses.translation.usage import believed


class Piece(msgspec.Struct, gc=False):
    """A part of a message, of a summary, or of reasoning."""

    type: str = ""
    text: str = ""
    refusal: str = ""
    annotations: list[Any] | None = None


class OutputItem(msgspec.Struct):
    """An output item, of any type."""

    type: str = ""
    call_id: str = ""
    id: str | None = None
    name: str = ""
    namespace: str | None = None
    arguments: str = ""
    input: str = ""
    content: list[Piece] | None = None
    summary: list[Piece] | None = None
    encrypted_content: str | None = None
    result: str | None = None
    output_format: str | None = None


class Whole(msgspec.Struct):
    """A response. Items are decoded one by one, so that an odd one does not spoil the others."""

    output: list[msgspec.Raw] | None = None
    status: str | None = None
    incomplete_details: Any = None
    usage: Any = None


decode_whole = msgspec.json.Decoder(Whole).decode
decode_item = msgspec.json.Decoder(OutputItem).decode


def read_answer(document: bytes) -> Answer:
    """See `Translator.read_answer`."""
    whole = decode_whole(document)
    parts = [part for raw in whole.output or () for part in _parts(raw)]
    return Answer(
        parts=parts,
        stop=stop_of(whole.status or "", whole.incomplete_details, parts),
        usage=believed(whole.usage),
    )


def parts_of(item: OutputItem) -> list[Part]:
    """What an item says; nothing for what a hosted tool has done."""
    read = _READERS.get(item.type)
    return read(item) if read else []


def citations_in(piece: Piece) -> list[Any]:
    """The sources of a text."""
    return [citation for note in piece.annotations or () if (citation := citation_in(note))]


def _parts(raw: msgspec.Raw) -> list[Part]:
    try:
        return parts_of(decode_item(raw))
    except BROKEN:
        return []


def _said(item: OutputItem) -> list[Part]:
    return [
        Refusal(text=piece.refusal)
        if piece.type == "refusal"
        else Text(text=piece.text, citations=citations_in(piece))
        for piece in item.content or ()
    ]


def _thought(item: OutputItem) -> list[Part]:
    texts = [piece.text for piece in item.summary or item.content or ()]
    return [thinking_of(texts, item.encrypted_content or "")]


def _called(item: OutputItem) -> list[Part]:
    custom = item.type == "custom_tool_call"
    name = flat_name(item.namespace or "", item.name)
    id_ = item.call_id or item.id or ""
    return [ToolUse(id=id_, name=name, arguments=item.input if custom else item.arguments, custom=custom)]


def _drawn(item: OutputItem) -> list[Part]:
    if not item.result:
        return []
    return [Media(kind="image", media_type=f"image/{item.output_format or 'png'}", data=item.result)]


_READERS: dict[str, Callable[[OutputItem], list[Part]]] = {
    "message": _said,
    "reasoning": _thought,
    "function_call": _called,
    "custom_tool_call": _called,
    "image_generation_call": _drawn,
}
