"""The content blocks of a Messages request."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from proxyapp.protocols.anthropic.translation.citations import read_citations
from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.anthropic.translation.names import unescaped
from proxyapp.protocols.anthropic.translation.read_hosted import HOSTED, read_hosted
from proxyapp.protocols.anthropic.translation.read_media import read_document, read_image
from proxyapp.protocols.canonical import Cache, Media, Part, Text, Thinking, ToolResult, ToolUse
from proxyapp.protocols.carrying import arguments_of, uncarried

_P = TypeVar("_P", bound=Part)
_CACHES: dict[str, Cache] = {"5m": "5m", "1h": "1h"}


class Blocks:
    """Reads the blocks of one conversation; remembers the calls, for the names of their results."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._readers: dict[str, Callable[[Fields], Sequence[Part]]] = {
            **_CONTENT,
            "thinking": _read_thinking,
            "redacted_thinking": _read_redacted,
            "compaction": _read_compaction,
            "container_upload": _refuse_upload,
            "tool_use": self._read_call,
            "tool_result": self._read_result,
        }

    def read(self, fields: Fields, name: str) -> list[Part]:
        """The parts in a member that is a text or a list of blocks. Blocks of unknown types are losses."""
        return _read_content(fields, name, self._readers)

    def _read_call(self, block: Fields) -> list[Part]:
        id_, name = unescaped(block.required("id")), block.required("name")
        self._names[id_] = name
        caller = block.inner("caller")
        if caller and caller.text("type") != "direct":
            block.lose("caller")
        return [ToolUse(id_, name, arguments_of(block.members("input")), cache=read_cache(block))]

    def _read_result(self, block: Fields) -> list[Part]:
        id_ = unescaped(block.required("tool_use_id"))
        if id_ not in self._names:
            raise block.complaint("tool_use_id", "is not the id of a tool_use block before it")
        content = _read_content(block, "content", _CONTENT)
        is_error = bool(block.flag("is_error"))
        return [ToolResult(id_, self._names[id_], content, is_error=is_error, cache=read_cache(block))]


def _read_content(
    fields: Fields, name: str, readers: Mapping[str, Callable[[Fields], Sequence[_P]]]
) -> list[_P | Text]:
    if isinstance(fields.take(name), str):
        text = fields.text(name)
        return [Text(text)] if text else []
    found: list[_P | Text] = []
    for block in fields.each(name):
        kind = block.required("type")
        if kind in HOSTED:
            found += read_hosted(block, kind)
        elif kind in readers:
            found += readers[kind](block)
            block.leave()
        else:
            block.lose(kind)
    return found


def read_cache(fields: Fields) -> Cache:
    """How long the prompt up to here should stay in the cache, by `cache_control`."""
    control = fields.inner("cache_control")
    if control is None:
        return ""
    lifetime = control.text("ttl") or "5m"
    if control.required("type") != "ephemeral":
        raise control.complaint("type", "must be ephemeral")
    if lifetime not in _CACHES:
        raise control.complaint("ttl", "must be 5m or 1h")
    control.leave()
    return _CACHES[lifetime]


def read_text(block: Fields) -> Text:
    """A text block."""
    block.take("type")
    if not block.has("text"):
        raise block.complaint("text", "is required")
    citations = read_citations(block.take("citations"))
    text = Text(block.text("text"), cache=read_cache(block), citations=citations)
    block.leave()
    return text


def _read_texts(block: Fields) -> list[Text | Media]:
    text = read_text(block)
    return [text] if text.text else []


def _read_media(block: Fields) -> list[Text | Media]:
    read = read_image if block.text("type") == "image" else read_document
    parts = read(block)
    cache = read_cache(block)
    if parts:
        parts[-1].cache = cache
    return parts


def _read_search_result(block: Fields) -> list[Text | Media]:
    """A search result of the client's own: its text under its title and source."""
    texts = [f"{block.text('title')}\n{block.text('source')}"]
    texts += [read_text(inner).text for inner in block.each("content")]
    return [Text("\n\n".join(texts), cache=read_cache(block))]


_CONTENT: dict[str, Callable[[Fields], Sequence[Text | Media]]] = {
    "text": _read_texts,
    "image": _read_media,
    "document": _read_media,
    "search_result": _read_search_result,
}
"""The blocks that may also be inside the result of a tool, which may hold no others."""


def _read_thinking(block: Fields) -> list[Part]:
    text, signature = block.text("thinking"), block.text("signature")
    return [Thinking(text, uncarried(signature, "anthropic") if signature else None)]


def _read_redacted(block: Fields) -> list[Part]:
    return [Thinking(seal=uncarried(block.required("data"), "anthropic"), redacted=True)]


def _read_compaction(block: Fields) -> list[Part]:
    """What the provider had summed up of the conversation so far."""
    summary = block.text("content")
    return [Text(summary, cache=read_cache(block))] if summary else []


def _refuse_upload(block: Fields) -> list[Part]:
    raise block.untranslatable("file_id", "names a file that is stored at the provider")
