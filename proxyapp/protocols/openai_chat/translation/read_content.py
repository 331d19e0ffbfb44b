"""The pieces of content in a chat request."""

from typing import Literal

from proxyapp.protocols.canonical import Cache, Media, Refusal, Text
from proxyapp.protocols.openai_chat.translation.decoding import invalid, not_translatable
from proxyapp.protocols.openai_chat.translation.wire import (
    Breakpoint,
    CacheControl,
    Document,
    Link,
    Part,
    Sound,
)

Content = Text | Media | Refusal
Kind = Literal["image", "document", "audio", "video"]

_TEXTS = frozenset({"text", "input_text", "output_text"})
_LINKS: dict[str, Kind] = {
    "image_url": "image",
    "audio_url": "audio",
    "video_url": "video",
    "file_url": "document",
}
_PROPER = {"image/jpg": "image/jpeg"}
"""What OpenAI takes for a media type, and others do not: by what it should be."""

_SOUNDS = {"mp3": "audio/mpeg"}
_TYPES = {"pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown", "csv": "text/csv"}


def read_content(content: str | list[Part] | None, path: str) -> list[Content]:
    """All pieces of a message's content. An empty text is none."""
    if isinstance(content, str):
        return [Text(content)] if content else []
    parts = [_part(part, f"{path}[{index}]") for index, part in enumerate(content or ())]
    return [part for part in parts if not isinstance(part, Text) or part.text]


def texts_only(content: str | list[Part] | None, path: str) -> list[Text]:
    """The same where only text may be."""
    parts = read_content(content, path)
    if any(not isinstance(part, Text) for part in parts):
        raise invalid(path, "may hold nothing but text")
    return [part for part in parts if isinstance(part, Text)]


def cache_of(control: CacheControl | None) -> Cache:
    if control is None:
        return ""
    return "1h" if control.ttl == "1h" else "5m"


def _part(part: Part, path: str) -> Content:
    cache = cache_of(part.cache_control) or _cache_until(part.prompt_cache_breakpoint)
    if part.type in _TEXTS:
        if part.text is None:
            raise invalid(f"{path}.text", "is required")
        return Text(part.text, cache=cache)
    if part.type == "refusal":
        return Refusal(part.refusal or part.text or "")
    media = _media(part, path)
    media.cache = cache
    return media


def _cache_until(point: Breakpoint | None) -> Cache:
    if point is None:
        return ""
    return "1h" if point.ttl == "12h" else "5m"


def _media(part: Part, path: str) -> Media:
    if part.type in _LINKS:
        return _linked(getattr(part, part.type), _LINKS[part.type], f"{path}.{part.type}")
    if part.type == "input_audio" and part.input_audio is not None:
        return _sound(part.input_audio)
    if part.type == "file" and part.file is not None:
        return _document(part.file, f"{path}.file")
    if part.type in ("input_audio", "file"):
        raise invalid(f"{path}.{part.type}", "is required")
    raise invalid(f"{path}.type", "must be one of 'text', 'image_url', 'input_audio', 'file' and 'refusal'")


def _linked(link: str | Link | None, kind: Kind, path: str) -> Media:
    if link is None:
        raise invalid(path, "is required")
    url, detail = (link, None) if isinstance(link, str) else (link.url, link.detail)
    media = _at(url, kind, path)
    media.detail = detail or ""
    return media


def _at(url: str, kind: Kind, path: str) -> Media:
    """What a link or a data URL (RFC 2397) says."""
    scheme, colon, rest = url.partition(":")
    if not colon:
        raise invalid(path, "must be a link or a data: URL")
    if scheme.lower() != "data":
        return Media(kind, url=url)
    described, _, data = rest.partition(",")
    media_type, *parameters = described.split(";")
    if "base64" not in parameters or not data:
        raise invalid(path, "must hold its data in base64: 'data:<media type>;base64,<data>'")
    media_type = media_type.strip().lower()
    return Media(kind, media_type=_PROPER.get(media_type, media_type), data=data)


def _sound(sound: Sound) -> Media:
    media_type = _SOUNDS.get(sound.format, f"audio/{sound.format}")
    return Media("audio", media_type=media_type, data=sound.data)


def _document(file: Document, path: str) -> Media:
    """A file, whose data is a data URL, bare base64 or (OpenRouter) a link."""
    if file.file_id:
        raise not_translatable(f"{path}.file_id", "names a file that is stored at a provider")
    data, name = file.file_data or "", file.filename or ""
    if not data:
        raise invalid(f"{path}.file_data", "is required")
    if ":" in data[:32]:
        media = _at(data, "document", f"{path}.file_data")
        media.name = name
        return media
    ending = name.rpartition(".")[2].lower()
    return Media("document", media_type=_TYPES.get(ending, _TYPES["pdf"]), data=data, name=name)
