"""Tools, and which of them may be called, in a request."""

from typing import Any

from proxyapp.protocols.canonical import Tool, ToolChoice
from proxyapp.protocols.carrying import custom_schema
from proxyapp.protocols.fitting import fitting
from proxyapp.protocols.gemini.translation.models import NAMES

_HOSTED = {"web_search": "googleSearch", "web_fetch": "urlContext", "code_execution": "codeExecution"}
_MODES = {"none": "NONE", "required": "ANY", "named": "ANY"}


def write_tools(tools: list[Tool], losses: list[str]) -> list[dict[str, Any]]:
    """The `tools` of a request. Gemini does not let its own tools be called beside functions in one
    request, so they give way to these."""
    functions = [tool for tool in tools if not tool.hosted]
    hosted = [tool for tool in tools if tool.hosted]
    _note_losses(tools, losses)
    if functions:
        losses += [f"tools[].{tool.hosted}" for tool in hosted]
        return [{"functionDeclarations": [_declare(tool) for tool in functions]}]
    losses += [f"tools[].{name}" for tool in hosted for name in tool.options]
    return [{_HOSTED[kind]: {}} for kind in dict.fromkeys(tool.hosted for tool in hosted if tool.hosted)]


def write_choice(choice: ToolChoice | None, tools: list[Tool], losses: list[str]) -> dict[str, Any] | None:
    """The `toolConfig` of a request; None where nothing is to be said."""
    if choice is None:
        return None
    if choice.parallel is False:
        losses.append("choice.parallel")
    if not any(not tool.hosted for tool in tools):
        losses += ["choice"] if choice.mode in ("required", "named") else []
        return None
    names = [choice.name] if choice.mode == "named" else choice.allowed
    allowed = [fitting(name, NAMES) for name in names]
    calling: dict[str, Any] = {"mode": _MODES.get(choice.mode, "VALIDATED" if allowed else "AUTO")}
    if allowed and choice.mode != "none":
        calling["allowedFunctionNames"] = allowed
    return {"functionCallingConfig": calling}


def _note_losses(tools: list[Tool], losses: list[str]) -> None:
    for tool in tools:
        if tool.strict:
            losses.append("tools[].strict")
        if tool.format:
            losses.append("tools[].format")
        if tool.cache:
            losses.append("cache")


def _declare(tool: Tool) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": fitting(tool.flat_name, NAMES)}
    if tool.description:
        declared["description"] = tool.description
    schema = custom_schema() if tool.custom else tool.schema
    if schema:
        declared["parametersJsonSchema"] = schema
    return declared
