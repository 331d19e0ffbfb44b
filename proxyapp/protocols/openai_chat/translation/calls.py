"""Calls of tools in answers."""

from typing import Any

import msgspec

from proxyapp.protocols.canonical import Question, ToolUse
from proxyapp.protocols.carrying import object_in

Fields = dict[str, Any]


class Calls:
    """Writes calls as the client offered the tools: a custom tool that was asked as a function is given back
    its free text."""

    def __init__(self, question: Question) -> None:
        self._custom = {tool.flat_name: tool.custom for tool in question.tools}

    def is_custom(self, use: ToolUse) -> bool:
        """Whether the client knows this tool as a custom one."""
        return self._custom.get(use.name, use.custom)

    def write(self, use: ToolUse) -> Fields:
        """A whole call."""
        if self.is_custom(use):
            custom = {"name": use.name, "input": use.arguments if use.custom else free_text(use.arguments)}
            return {"id": use.id, "type": "custom", "custom": custom}
        return {"id": use.id, "type": "function", "function": write_function(use)}


def write_function(use: ToolUse) -> Fields:
    arguments = wrapped(use.arguments) if use.custom else use.arguments or "{}"
    return {"name": use.name, "arguments": arguments}


def free_text(arguments: str) -> str:
    """The free text in the arguments of a function that stood for a custom tool."""
    value = object_in(arguments).get("input", "")
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def wrapped(text: str) -> str:
    """Free text as the arguments of a function."""
    return msgspec.json.encode({"input": text}).decode()
