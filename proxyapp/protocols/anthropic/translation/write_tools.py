"""Tools, and which of them may be called."""

from typing import Any

from proxyapp.protocols.anthropic.translation.names import escaped
from proxyapp.protocols.anthropic.translation.schema import closed, rooted
from proxyapp.protocols.anthropic.translation.write_cache import marked
from proxyapp.protocols.canonical import Question, Tool, ToolChoice, ToolUse
from proxyapp.protocols.carrying import custom_schema

_HOSTED = {
    "web_search": ("web_search_20250305", ("allowed_domains", "blocked_domains", "max_uses")),
    "web_fetch": ("web_fetch_20250910", ("allowed_domains", "blocked_domains", "max_uses")),
    "code_execution": ("code_execution_20250825", ()),
}
"""The provider's own tools: their types, and the settings they take."""

_MODES = {"auto": "auto", "required": "any", "named": "tool", "none": "none"}


def offered(question: Question) -> list[Tool]:
    """The tools to offer. A conversation with calls needs tools, so where none is given those that were
    called are offered again, to no use."""
    choice = question.choice
    if choice is not None and choice.allowed:
        return [tool for tool in question.tools if tool.hosted or tool.flat_name in choice.allowed]
    return question.tools or [Tool(name) for name in _called(question)]


def _called(question: Question) -> list[str]:
    parts = [part for turn in question.turns for part in turn.parts]
    return list(dict.fromkeys(part.name for part in parts if isinstance(part, ToolUse)))


def write_tools(tools: list[Tool], losses: list[str]) -> list[dict[str, Any]]:
    """The tools as the provider knows them."""
    return [_hosted(tool, losses) if tool.hosted else _function(tool, losses) for tool in tools]


def _hosted(tool: Tool, losses: list[str]) -> dict[str, Any]:
    type_, settings = _HOSTED[tool.hosted]
    options = {name: value for name, value in tool.options.items() if name in settings}
    if "allowed_domains" in options and "blocked_domains" in options:
        del options["blocked_domains"]  # the provider takes one of them, and the allowed ones are stricter
    losses.extend(f"tools[].{name}" for name in tool.options if name not in options)
    return marked({"type": type_, "name": tool.hosted, **options}, tool.cache)


def _function(tool: Tool, losses: list[str]) -> dict[str, Any]:
    schema = custom_schema() if tool.custom else tool.schema
    where = "tools[].input_schema"
    root = rooted(schema, where, losses)
    strict = tool.strict is True and not tool.custom
    written: dict[str, Any] = {
        "name": escaped(tool.flat_name),
        "input_schema": closed(root, where, losses) if strict else root,
    }
    if description := _description(tool, losses):
        written["description"] = description
    if strict:
        written["strict"] = True
    return marked(written, tool.cache)


def _description(tool: Tool, losses: list[str]) -> str:
    """What the tool is for; the grammar of its free text, which nobody will enforce, is told here."""
    if not tool.format or tool.format.get("type") == "text":
        return tool.description
    losses.append("tools[].format")
    inner = tool.format.get("grammar")
    definition = (inner if isinstance(inner, dict) else tool.format).get("definition")
    if not isinstance(definition, str):
        return tool.description
    return f"{tool.description}\n\n`input` must follow this grammar:\n{definition}".lstrip()


def write_choice(question: Question) -> dict[str, Any] | None:
    """Which tools may be called; None where nothing is said."""
    choice = question.choice if question.tools else ToolChoice("none")
    if choice is None:
        return None
    written: dict[str, Any] = {"type": _MODES[choice.mode]}
    if choice.mode == "named":
        written["name"] = escaped(choice.name)
    if choice.parallel is not None and choice.mode != "none":
        written["disable_parallel_tool_use"] = not choice.parallel
    return written
