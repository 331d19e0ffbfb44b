"""Images and documents of a Messages request."""

import base64

from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.canonical import Media, Text


def read_image(block: Fields) -> list[Text | Media]:
    """An image, inline or by link."""
    source = _source(block)
    kind = source.required("type")
    if kind == "base64":
        media = Media("image", source.required("media_type"), data=source.required("data"))
    elif kind == "url":
        media = Media("image", url=source.required("url"))
    else:
        raise source.complaint("type", "must be base64 or url")
    source.leave()
    return [media]


def read_document(block: Fields) -> list[Text | Media]:
    """A document, inline, by link, as plain text or as content blocks, which become its texts and images."""
    source = _source(block)
    kind, name = source.required("type"), block.text("title")
    if kind == "base64":
        media = Media("document", source.required("media_type"), data=source.required("data"), name=name)
    elif kind == "url":
        media = Media("document", "application/pdf", url=source.required("url"), name=name)
    elif kind == "text":
        data = base64.b64encode(source.required("data").encode()).decode()
        media = Media("document", source.text("media_type") or "text/plain", data=data, name=name)
    elif kind == "content":
        return _read_content(source, name)
    else:
        raise source.complaint("type", "must be base64, text, content or url")
    source.leave()
    return [media]


def _source(block: Fields) -> Fields:
    source = block.inner("source")
    if source is None:
        raise block.complaint("source", "is required")
    if source.text("type") == "file":
        raise source.untranslatable("file_id", "names a file that is stored at the provider")
    citations = block.inner("citations")
    if citations and citations.flag("enabled"):
        block.lose("citations")
    return source


def _read_content(source: Fields, name: str) -> list[Text | Media]:
    found: list[Text | Media] = [Text(name)] if name else []
    if isinstance(source.take("content"), str):
        return [*found, Text(source.text("content"))]
    for inner in source.each("content"):
        if inner.required("type") == "image":
            found += read_image(inner)
        elif inner.text("type") == "text":
            found.append(Text(inner.required("text")))
        else:
            inner.lose(inner.text("type"))
        inner.leave("cache_control")
    return found
