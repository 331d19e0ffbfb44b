"""Tools, and which of them may be called, for OpenAI."""

from typing import Any

from proxyapp.protocols.canonical import Tool, ToolChoice
from proxyapp.protocols.openai_responses.translation.names import fitting
from proxyapp.protocols.openai_responses.translation.schemas import is_strict, parameters_of

_HOSTED: dict[str, dict[str, Any]] = {
    "web_search": {"type": "web_search"},
    "code_execution": {"type": "code_interpreter", "container": {"type": "auto"}},
}


def written_tools(tools: list[Tool], losses: list[str]) -> list[dict[str, Any]]:
    """The tools offered. Those of a namespace stand by their flat names, which every model understands."""
    written = [_written_tool(tool, losses) for tool in tools]
    return [tool for tool in written if tool]


def renamed(tools: list[Tool]) -> dict[str, str]:
    """The names that had to be changed, as written: the flat names."""
    names = {fitting(tool.flat_name): tool.flat_name for tool in tools if not tool.hosted}
    return {written: name for written, name in names.items() if written != name}


def written_choice(choice: ToolChoice, tools: list[Tool]) -> dict[str, Any]:
    """The members that say which of these tools may be called."""
    kinds = {tool.flat_name: _reference(tool) for tool in tools if not tool.hosted or tool.hosted in _HOSTED}
    members: dict[str, Any] = {}
    if choice.parallel is not None:
        members["parallel_tool_calls"] = choice.parallel
    if choice.mode == "named":
        one = kinds.get(choice.name, {"type": "function", "name": fitting(choice.name)})
        members["tool_choice"] = one if "name" in one else _allowed("required", [one])
    elif choice.mode != "none" and (allowed := [kinds[name] for name in choice.allowed if name in kinds]):
        members["tool_choice"] = _allowed(choice.mode, allowed)
    else:
        members["tool_choice"] = choice.mode
    return members


def _allowed(mode: str, tools: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "allowed_tools", "mode": mode, "tools": tools}


def _reference(tool: Tool) -> dict[str, Any]:
    if tool.hosted:
        return {"type": _HOSTED[tool.hosted]["type"]}
    return {"type": "custom" if tool.custom else "function", "name": fitting(tool.flat_name)}


def _written_tool(tool: Tool, losses: list[str]) -> dict[str, Any]:
    if tool.hosted:
        return _written_hosted(tool, losses)
    if tool.custom:
        written = {**_reference(tool), "description": tool.description}
        return {**written, "format": tool.format} if tool.format else written
    parameters, lost = parameters_of(tool.schema)
    losses += [f"tools[].parameters.{name}" for name in lost]
    strict = bool(tool.strict) and not lost and is_strict(parameters)
    if tool.strict and not strict:
        losses.append("tools[].strict")
    return {
        **_reference(tool),
        "description": tool.description,
        "parameters": parameters,
        "strict": strict,
    }


def _written_hosted(tool: Tool, losses: list[str]) -> dict[str, Any]:
    if tool.hosted not in _HOSTED:
        losses.append(f"tools[].{tool.hosted}")
        return {}
    options = dict(tool.options)
    domains = options.pop("allowed_domains", None) if tool.hosted == "web_search" else None
    losses += [f"tools[].{name}" for name in options]
    written = _HOSTED[tool.hosted]
    return {**written, "filters": {"allowed_domains": domains}} if domains else written
