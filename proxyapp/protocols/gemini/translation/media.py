"""Media: `inlineData` (base64 of either alphabet), `fileData` (a link), and the kinds of canonical media."""

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from proxyapp.protocols.canonical import Media

Kind = Literal["image", "document", "audio", "video"]

STORED = re.compile(r"gs:|https://generativelanguage\.googleapis\.com/")
"""Begins the address of a file that only Google can read."""

_KINDS: dict[str, Kind] = {"image": "image", "audio": "audio", "video": "video"}
_USUAL: dict[Kind, str] = {
    "image": "image/png",
    "document": "application/pdf",
    "audio": "audio/wav",
    "video": "video/mp4",
}
_EXTENSIONS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mpeg": "video/mpeg",
}
_VIDEO_HOSTS = ("youtube.com", "www.youtube.com", "youtu.be")
_STANDARD = str.maketrans("-_", "+/")


def inline(media_type: str, data: str, name: str = "") -> Media:
    """A medium from base64 of either alphabet, with or without its padding."""
    text = data.rstrip("=").translate(_STANDARD)
    return Media(_kind(media_type), media_type=media_type, data=text + "=" * (-len(text) % 4), name=name)


def linked(media_type: str, url: str, name: str = "") -> Media:
    """A medium by link; its kind is guessed where no type is given."""
    if not media_type and _host(url) in _VIDEO_HOSTS:
        return Media("video", url=url, name=name)
    return Media(_kind(media_type or _guess(url)), media_type=media_type, url=url, name=name)


def write_media(media: Media) -> dict[str, Any]:
    """The part that holds it. Gemini wants to know the type, which is guessed where it was not said."""
    if not media.url:
        kind = media.media_type or _USUAL[media.kind]
        return {"inlineData": {"mimeType": kind, "data": media.data}}
    kind = media.media_type or _guess(media.url)
    if not kind and _host(media.url) not in _VIDEO_HOSTS:
        kind = _USUAL[media.kind]
    return {"fileData": {"mimeType": kind, "fileUri": media.url} if kind else {"fileUri": media.url}}


def _kind(media_type: str) -> Kind:
    return _KINDS.get(media_type.partition("/")[0].lower(), "document")


def _guess(url: str) -> str:
    """The type by the extension in the path; empty where that says nothing."""
    return _EXTENSIONS.get(_split(url)[1].rpartition(".")[2].lower(), "")


def _host(url: str) -> str:
    return _split(url)[0].lower()


def _split(url: str) -> tuple[str, str]:
    try:
        found = urlsplit(url)
    except ValueError:
        return "", ""
    return found.netloc, found.path
