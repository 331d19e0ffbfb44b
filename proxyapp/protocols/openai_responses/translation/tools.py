"""Names of tools, as they stand in requests and answers."""

from msgspec import Struct

from proxyapp.protocols.canonical import Tool, ToolUse


def flat_name(namespace: str, name: str) -> str:
    """The one name by which a tool of a namespace is called elsewhere."""
    return Tool(name=name, namespace=namespace).flat_name


class Offer(Struct, frozen=True):
    """How the client calls a tool."""

    name: str
    namespace: str = ""
    custom: bool = False

    @property
    def item_type(self) -> str:
        return "custom_tool_call" if self.custom else "function_call"

    @property
    def prefix(self) -> str:
        """Begins the id of such an item."""
        return "ctc" if self.custom else "fc"


class Offers:
    """The client's tools by their flat names."""

    def __init__(self, tools: list[Tool]) -> None:
        self._tools = {tool.flat_name: tool for tool in tools}

    def of(self, use: ToolUse) -> Offer:
        """The tool that is called; a name that the client does not know is left as it is."""
        tool = self._tools.get(use.name)
        if tool is None:
            return Offer(name=use.name, custom=use.custom)
        return Offer(name=tool.name, namespace=tool.namespace, custom=tool.custom)
