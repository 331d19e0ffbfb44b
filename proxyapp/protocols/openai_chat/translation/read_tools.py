"""The tools of a chat request, and which of them may be called."""

from typing import Any, Literal

from proxyapp.protocols import canonical
from proxyapp.protocols.canonical import ToolChoice
from proxyapp.protocols.openai_chat.translation.decoding import invalid
from proxyapp.protocols.openai_chat.translation.read_content import cache_of
from proxyapp.protocols.openai_chat.translation.wire import (
    Choice,
    Chosen,
    Custom,
    Function,
    Named,
    Request,
    Tool,
)

Hosted = Literal["web_search", "web_fetch", "code_execution"]

_HOSTED: dict[str, Hosted] = {
    "web_search": "web_search",
    "web_search_preview": "web_search",
    "google_search": "web_search",
    "url_context": "web_fetch",
    "web_fetch": "web_fetch",
    "code_execution": "code_execution",
    "code_interpreter": "code_execution",
}
_MODES: dict[str, Literal["auto", "none", "required"]] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "any": "required",  # Mistral's word
}


def read_tools(request: Request) -> tuple[list[canonical.Tool], list[str]]:
    """The tools offered, in both words for them, and what of them cannot be said."""
    tools, losses = [], []
    for index, offered in enumerate(request.tools or ()):
        if tool := _tool(offered, f"tools[{index}]"):
            tools.append(tool)
        else:
            losses.append("tools[].type")
    tools += [_function(function) for function in request.functions or ()]
    if request.web_search_options is not None:
        tools.append(_hosted("web_search"))
    return tools, losses


def read_choice(request: Request) -> ToolChoice | None:
    """Which tools may be called. In the old words there is never more than one call."""
    parallel = False if is_legacy(request) else request.parallel_tool_calls
    chosen = request.tool_choice if request.tool_choice is not None else request.function_call
    if chosen is None:
        return None if parallel is None else ToolChoice(parallel=parallel)
    choice = _choice(chosen)
    choice.parallel = parallel
    return choice


def is_legacy(request: Request) -> bool:
    return bool(request.functions) and not request.tools


def _tool(tool: Tool, path: str) -> canonical.Tool | None:
    if tool.type in _HOSTED:
        return _hosted(_HOSTED[tool.type])
    if tool.type not in ("function", "custom"):
        return None
    said = tool.function if tool.type == "function" else tool.custom
    if said is None:
        raise invalid(f"{path}.{tool.type}", "is required")
    found = _function(said) if isinstance(said, Function) else _custom(said)
    found.cache = cache_of(tool.cache_control)
    return found


def _hosted(name: Hosted) -> canonical.Tool:
    return canonical.Tool(name=name, hosted=name)


def _function(function: Function) -> canonical.Tool:
    return canonical.Tool(
        name=function.name,
        description=function.description or "",
        schema=function.parameters or {},
        strict=function.strict,
    )


def _custom(tool: Custom) -> canonical.Tool:
    return canonical.Tool(
        name=tool.name, description=tool.description or "", custom=True, format=_format(tool.format or {})
    )


def _format(said: dict[str, Any]) -> dict[str, Any]:
    """A grammar in the form of Responses, which has no object inside; free text is no format."""
    if said.get("type") == "grammar" and isinstance(said.get("grammar"), dict):
        return {"type": "grammar", **said["grammar"]}
    return {} if said.get("type") == "text" else said


def _choice(chosen: str | Choice | Named) -> ToolChoice:
    if isinstance(chosen, str):
        if chosen not in _MODES:
            raise invalid("tool_choice", "must be 'auto', 'none', 'required' or an object")
        return ToolChoice(mode=_MODES[chosen])
    if isinstance(chosen, Named):
        return ToolChoice(mode="named", name=chosen.name)
    if chosen.type != "allowed_tools":
        return ToolChoice(mode="named", name=_name(chosen, "tool_choice"))
    if chosen.allowed_tools is None:
        raise invalid("tool_choice.allowed_tools", "is required")
    allowed = enumerate(chosen.allowed_tools.tools)
    return ToolChoice(
        mode=chosen.allowed_tools.mode,
        allowed=[_name(each, f"tool_choice.allowed_tools.tools[{index}]") for index, each in allowed],
    )


def _name(chosen: Choice | Chosen, path: str) -> str:
    named = chosen.custom if chosen.type == "custom" else chosen.function
    if named is None:
        raise invalid(f"{path}.{'custom' if chosen.type == 'custom' else 'function'}", "is required")
    return named.name
