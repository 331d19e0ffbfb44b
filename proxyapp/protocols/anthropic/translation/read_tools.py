"""The tools of a Messages request, and which of them may be called."""

from typing import Any, Literal

from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.anthropic.translation.read_blocks import read_cache
from proxyapp.protocols.canonical import Tool, ToolChoice

_HOSTED: tuple[Literal["web_search", "web_fetch", "code_execution"], ...] = (
    "web_search",
    "web_fetch",
    "code_execution",
)
_MODES: dict[str, Literal["auto", "none", "required", "named"]] = {
    "auto": "auto",
    "any": "required",
    "tool": "named",
    "none": "none",
}


def read_tools(fields: Fields) -> list[Tool]:
    """The tools. Those that only Anthropic has are losses, by their type."""
    return [tool for found in fields.each("tools") if (tool := _read_tool(found)) is not None]


def _read_tool(found: Fields) -> Tool | None:
    kind = found.text("type")
    if kind in ("", "custom"):
        return _read_function(found)
    # The type ends with the date of its release: web_search_20250305.
    hosted = next((name for name in _HOSTED if kind.removeprefix(f"{name}_").isdigit()), None)
    if hosted is None:
        found.lose(kind)
        return None
    tool = Tool(found.text("name") or hosted, hosted=hosted, options=_read_options(found))
    tool.cache = read_cache(found)
    _read_callers(found)
    found.leave()
    return tool


def _read_function(found: Fields) -> Tool:
    if not found.has("input_schema"):
        raise found.complaint("input_schema", "is required")
    if found.flag("defer_loading"):
        found.lose("defer_loading")
    tool = Tool(
        found.required("name"),
        found.text("description"),
        found.members("input_schema"),
        strict=found.flag("strict"),
        cache=read_cache(found),
    )
    _read_callers(found)
    found.leave()
    return tool


def _read_callers(found: Fields) -> None:
    if any(caller != "direct" for caller in found.texts("allowed_callers")):
        found.lose("allowed_callers")


def _read_options(found: Fields) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name in ("allowed_domains", "blocked_domains"):
        if domains := found.texts(name):
            options[name] = domains
    if (uses := found.whole("max_uses")) is not None:
        options["max_uses"] = uses
    return options


def read_choice(fields: Fields) -> ToolChoice | None:
    """Which tools may be called; None where nothing is said."""
    found = fields.inner("tool_choice")
    if found is None:
        return None
    kind = found.required("type")
    if kind not in _MODES:
        raise found.complaint("type", "must be auto, any, tool or none")
    single = found.flag("disable_parallel_tool_use")
    choice = ToolChoice(
        _MODES[kind],
        name=found.required("name") if kind == "tool" else "",
        parallel=None if single is None else not single,
    )
    found.leave()
    return choice
