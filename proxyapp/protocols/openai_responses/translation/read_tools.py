"""Tools, and which of them may be called."""

from collections.abc import Callable

from proxyapp.protocols.canonical import Tool, ToolChoice
from proxyapp.protocols.openai_responses.translation.node import Node
from proxyapp.protocols.openai_responses.translation.tools import flat_name

_HOSTED = {
    "web_search": "web_search",
    "web_search_2025_08_26": "web_search",
    "web_search_preview": "web_search",
    "web_search_preview_2025_03_11": "web_search",
    "code_interpreter": "code_execution",
}
"""What the same tools are called between protocols."""

_RUN_BY_CLIENTS = ("local_shell", "shell", "apply_patch", "computer", "computer_use", "computer_use_preview")
_NO_SUCH_TOOL = "no other protocol has this tool; offer a function in its place"


def read_tools(nodes: list[Node]) -> list[Tool]:
    """The tools offered. A hosted tool that OpenAI alone has is a loss; one that the client would have to run
    itself is refused, since nothing would be left to do the work with.
    """
    tools: list[Tool] = []
    for node in nodes:
        kind = node.required("type")
        if kind in _RUN_BY_CLIENTS:
            raise node.untranslatable("", _NO_SUCH_TOOL)
        if (read := _READERS.get(kind)) is None:
            node.lose(kind)
            node.members()
        else:
            tools += read(node)
    return tools


def read_choice(request: Node) -> ToolChoice | None:
    """`tool_choice` and `parallel_tool_calls`; None where neither is said."""
    parallel = request.flag("parallel_tool_calls")
    value = request.get("tool_choice")
    if value is None:
        return None if parallel is None else ToolChoice(parallel=parallel)
    choice = _read_mode(request, value) if isinstance(value, str) else _read_object(request)
    choice.parallel = parallel
    return choice


def _read_function(node: Node) -> list[Tool]:
    tool = Tool(
        name=node.required("name"),
        description=node.text("description"),
        schema=node.plain("parameters"),
        strict=node.flag("strict"),
    )
    return [tool]


def _read_custom(node: Node) -> list[Tool]:
    format_ = node.plain("format")
    tool = Tool(
        name=node.required("name"),
        description=node.text("description"),
        custom=True,
        format={} if format_.get("type") == "text" else format_,
    )
    return [tool]


def _read_namespace(node: Node) -> list[Tool]:
    namespace = node.required("name")
    tools = [tool for inner in node.nodes("tools") for tool in _read_inner(inner)]
    for tool in tools:
        tool.namespace = namespace
    return tools


def _read_inner(node: Node) -> list[Tool]:
    kind = node.required("type")
    if kind not in ("function", "custom"):
        raise node.complaint("type", "must be function or custom inside a namespace")
    return _READERS[kind](node)


def _read_search(node: Node) -> list[Tool]:
    """Nobody else can search without going to the web: then the tool is left out."""
    if node.flag("external_web_access") is False:
        node.lose("web_search")
        node.members()
        return []
    options: dict[str, object] = {}
    if filters := node.node("filters"):
        for name in ("allowed_domains", "blocked_domains"):
            if domains := filters.texts(name):
                options[name] = domains
    return [Tool(name="web_search", hosted="web_search", options=options)]


def _read_interpreter(node: Node) -> list[Tool]:
    if isinstance(node.get("container"), str):
        raise node.untranslatable("container", "it lies at OpenAI")
    if container := node.node("container"):
        container.ignore("type")
        if container.texts("file_ids"):
            raise container.untranslatable("file_ids", "they lie in the files of OpenAI")
    return [Tool(name="code_execution", hosted="code_execution")]


_READERS: dict[str, Callable[[Node], list[Tool]]] = {
    "function": _read_function,
    "custom": _read_custom,
    "namespace": _read_namespace,
    **{name: _read_search for name, hosted in _HOSTED.items() if hosted == "web_search"},
    "code_interpreter": _read_interpreter,
}


def _read_mode(request: Node, value: str) -> ToolChoice:
    if value == "auto":
        return ToolChoice()
    if value == "none":
        return ToolChoice(mode="none")
    if value == "required":
        return ToolChoice(mode="required")
    raise request.complaint("tool_choice", "must be none, auto, required or an object")


def _read_object(request: Node) -> ToolChoice:
    choice = request.node("tool_choice")
    assert choice is not None
    if choice.required("type") != "allowed_tools":
        return ToolChoice(mode="named", name=_chosen(choice))
    mode = choice.text("mode")
    if mode not in ("auto", "required"):
        raise choice.complaint("mode", "must be auto or required")
    allowed = [_chosen(node) for node in choice.nodes("tools")]
    return ToolChoice(mode="required" if mode == "required" else "auto", allowed=allowed)


def _chosen(node: Node) -> str:
    """The flat name of the tool that is meant."""
    kind = node.required("type")
    if kind in ("function", "custom"):
        return flat_name(node.text("namespace"), node.required("name"))
    if kind not in _HOSTED:
        raise node.untranslatable("", _NO_SUCH_TOOL)
    return _HOSTED[kind]
