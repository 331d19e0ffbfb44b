"""What tools did that the provider ran itself, in earlier turns: kept as text as far as it can be read.

The calls as such are losses: no other provider takes calls back that its own tools have not made.
"""

from collections.abc import Callable
from typing import Any

from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.canonical import Text


def read_hosted(block: Fields, kind: str) -> list[Text]:
    """The text of a result, if it has any. The block is a loss: what is sealed in it is left out."""
    block.lose(kind)
    text = HOSTED[kind](block.take("content"))
    return [Text(text)] if text else []


def _nothing(content: Any) -> str:
    return ""


def _found(content: Any) -> str:
    lines = [f"{_member(item, 'title')}: {_member(item, 'url')}" for item in _items(content)]
    return "\n".join(["Search results:", *lines]) if lines else ""


def _fetched(content: Any) -> str:
    source = _inner(_inner(content, "content"), "source")
    text = _member(source, "data") if _member(source, "type") == "text" else ""
    return f"Content of {_member(content, 'url')}:\n{text}" if text else ""


def _ran(content: Any) -> str:
    return "\n".join(text for name in ("stdout", "stderr") if (text := _member(content, name)))


def _told(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(text for item in _items(content) if (text := _member(item, "text")))


HOSTED: dict[str, Callable[[Any], str]] = {
    "server_tool_use": _nothing,
    "mcp_tool_use": _nothing,
    "web_search_tool_result": _found,
    "web_fetch_tool_result": _fetched,
    "code_execution_tool_result": _ran,
    "bash_code_execution_tool_result": _ran,
    "text_editor_code_execution_tool_result": _nothing,
    "tool_search_tool_result": _nothing,
    "mcp_tool_result": _told,
}
"""By the type of the block, how its content reads."""


def _items(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _inner(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _member(content: Any, name: str) -> str:
    value = _inner(content, name)
    return value if isinstance(value, str) else ""
