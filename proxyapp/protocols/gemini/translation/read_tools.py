"""Tools, and which of them may be called."""

from typing import Any, Literal

from proxyapp.protocols.canonical import Tool, ToolChoice
from proxyapp.protocols.gemini.translation.message import Message, complaint
from proxyapp.protocols.gemini.translation.schemas import json_schema

_MODES = {"", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"}

_HOSTED: dict[str, Literal["web_search", "web_fetch", "code_execution"]] = {
    "googleSearch": "web_search",
    "googleSearchRetrieval": "web_search",
    "urlContext": "web_fetch",
    "codeExecution": "code_execution",
}


def read_tools(groups: list[Message]) -> list[Tool]:
    """The functions and hosted tools in `tools`."""
    tools = []
    for group in groups:
        tools += [_function(declared) for declared in group.messages("functionDeclarations")]
        tools += _hosted(group)
        group.lose_rest()
    return tools


def read_choice(config: Message | None) -> ToolChoice | None:
    """The `functionCallingConfig` in `toolConfig`; None where nothing is said."""
    calling = config.message("functionCallingConfig") if config is not None else None
    if config is not None:
        config.lose_rest()
    if calling is None:
        return None
    mode, allowed = calling.word("mode"), calling.texts("allowedFunctionNames")
    if mode not in _MODES:
        raise complaint(calling.where("mode"), "must be AUTO, ANY, NONE or VALIDATED")
    if mode == "VALIDATED" and not allowed:
        calling.lose("mode")
    calling.lose_rest()
    if mode == "NONE":
        return ToolChoice("none")
    if mode == "ANY":
        only = allowed[0] if len(allowed) == 1 else ""
        return ToolChoice("named", name=only) if only else ToolChoice("required", allowed=allowed)
    return ToolChoice("auto", allowed=allowed)


def _function(declared: Message) -> Tool:
    name = declared.text("name")
    if not name:
        raise complaint(declared.where("name"), "must be given")
    tool = Tool(name, description=declared.text("description"), schema=_schema(declared))
    declared.lose_rest()
    return tool


def _schema(declared: Message) -> dict[str, Any]:
    if declared.has("parameters") and declared.has("parametersJsonSchema"):
        raise complaint(declared.where("parametersJsonSchema"), "cannot be given beside 'parameters'")
    name = "parameters" if declared.has("parameters") else "parametersJsonSchema"
    given = declared.take(name)
    return {} if given is None else json_schema(given, declared.where(name))


def _hosted(group: Message) -> list[Tool]:
    """The tools that the provider runs itself, as far as others have the same."""
    found = []
    for name, kind in _HOSTED.items():
        settings = group.message(name)
        if settings is not None:
            blocked = settings.texts("excludeDomains") if kind == "web_search" else []
            options = {"blocked_domains": blocked} if blocked else {}
            found.append(Tool(kind, hosted=kind, options=options))
            settings.lose_rest()
    return found
