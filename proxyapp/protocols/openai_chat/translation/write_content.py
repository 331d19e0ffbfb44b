"""Pieces of content for a chat provider."""

import base64
import binascii
from typing import Any

from proxyapp.protocols.canonical import Cache, Media, Text
from proxyapp.protocols.openai_chat.models import Habits

Piece = dict[str, Any]

_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}
_LINKS = {"image": "image_url", "audio": "audio_url", "video": "video_url", "document": "file_url"}


class Contents:
    """Writes pieces; `losses` gathers what could not be said."""

    def __init__(self, habits: Habits) -> None:
        self.losses: list[str] = []
        self._habits = habits

    def written(self, parts: list[Text | Media]) -> str | list[Piece]:
        """A content: a plain text as a string, which every provider understands, several where they must."""
        pieces = [self._piece(part) for part in parts]
        plain = all(set(piece) == {"type", "text"} for piece in pieces)
        if plain and (len(pieces) == 1 or not self._habits.takes_lists):
            return "\n\n".join([piece["text"] for piece in pieces])
        return pieces

    def mark(self, cache: Cache) -> Piece:
        """The member that asks for caching, where the model obeys it."""
        if not cache:
            return {}
        if not self._habits.caches_by_mark:
            self.losses.append("cache_control")
            return {}
        control = {"type": "ephemeral", "ttl": "1h"} if cache == "1h" else {"type": "ephemeral"}
        return {"cache_control": control}

    def _piece(self, part: Text | Media) -> Piece:
        if isinstance(part, Text):
            if part.citations:
                self.losses.append("messages[].annotations")
            return {"type": "text", "text": part.text, **self.mark(part.cache)}
        return {**_media(part), **self.mark(part.cache)}


def _media(media: Media) -> Piece:
    """Films, and sounds and documents by link, are what compatible providers have beyond OpenAI's chat."""
    if media.url or media.kind in ("image", "video"):
        name = _LINKS[media.kind]
        link = {"url": media.url or _data_url(media)}
        return {"type": name, name: {**link, "detail": media.detail} if media.detail else link}
    if media.kind == "audio":
        ending = media.media_type.partition("/")[2].partition(";")[0]
        return {
            "type": "input_audio",
            "input_audio": {"data": media.data, "format": _FORMATS.get(ending, ending)},
        }
    if media.media_type.startswith("text/") and (text := _text_in(media.data)):
        return {"type": "text", "text": f"{media.name}\n\n{text}" if media.name else text}
    name = media.name or "document." + media.media_type.rpartition("/")[2]
    return {"type": "file", "file": {"filename": name, "file_data": _data_url(media)}}


def _data_url(media: Media) -> str:
    return f"data:{media.media_type};base64,{media.data}"


def _text_in(data: str) -> str:
    """A text that came as a document; empty where it is none."""
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
