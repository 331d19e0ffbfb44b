"""Images, documents and sounds as parts of Responses requests."""

import mimetypes
import re
from typing import Any

from proxyapp.protocols.canonical import Media
from proxyapp.protocols.openai_responses.translation.node import Node

_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^;,]*)*;base64,", re.IGNORECASE)
_AUDIO_FORMATS = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav"}
_STORED = "it lies in the files of OpenAI"


def read_image(part: Node) -> Media:
    """An `input_image`."""
    _refuse_stored(part)
    media = _linked(part, "image_url", "image")
    media.detail = part.text("detail")
    return media


def read_file(part: Node) -> Media:
    """An `input_file`: a document."""
    _refuse_stored(part)
    name = part.text("filename")
    data = part.text("file_data")
    if not data:
        media = _linked(part, "file_url", "document")
    elif data.startswith("data:"):
        media = _inline(part, "file_data", data, "document")
    else:
        guessed = mimetypes.guess_type(name)[0] or "application/pdf"
        media = Media(kind="document", media_type=guessed, data=data)
    media.name = name
    return media


def read_audio(part: Node) -> Media:
    """An `input_audio`."""
    audio = part.node("input_audio")
    if audio is None:
        raise part.complaint("input_audio", "is required")
    return Media(kind="audio", media_type=f"audio/{audio.required('format')}", data=audio.required("data"))


def written_media(media: Media) -> dict[str, Any] | None:
    """The part that says this, None where this protocol has none."""
    if media.kind == "image":
        part: dict[str, Any] = {"type": "input_image", "image_url": media.url or data_url(media)}
        return {**part, "detail": media.detail} if media.detail else part
    if media.kind == "document":
        return _written_document(media)
    if media.kind == "audio" and media.data and media.media_type in _AUDIO_FORMATS:
        audio = {"data": media.data, "format": _AUDIO_FORMATS[media.media_type]}
        return {"type": "input_audio", "input_audio": audio}
    return None


def data_url(media: Media) -> str:
    """Inline media as a link that holds it."""
    return f"data:{media.media_type};base64,{media.data}"


def _written_document(media: Media) -> dict[str, Any]:
    if media.url:
        part = {"type": "input_file", "file_url": media.url}
        return {**part, "filename": media.name} if media.name else part
    name = media.name or "document" + (mimetypes.guess_extension(media.media_type) or "")
    return {"type": "input_file", "filename": name, "file_data": data_url(media)}


def _refuse_stored(part: Node) -> None:
    if part.text("file_id"):
        raise part.untranslatable("file_id", _STORED)


def _linked(part: Node, name: str, kind: Any) -> Media:
    url = part.required(name)
    return _inline(part, name, url, kind) if url.startswith("data:") else Media(kind=kind, url=url)


def _inline(part: Node, name: str, url: str, kind: Any) -> Media:
    match = _DATA_URL.match(url)
    if match is None:
        raise part.complaint(name, "must be a link, or a data URL in base64")
    return Media(kind=kind, media_type=match[1].lower(), data=url[match.end() :])
