"""The tools for a chat provider, and which of them may be called."""

from typing import Any

from proxyapp.protocols.canonical import Question, Tool, ToolChoice
from proxyapp.protocols.carrying import custom_schema
from proxyapp.protocols.fitting import fitting
from proxyapp.protocols.openai_chat.models import NAMES, Habits
from proxyapp.protocols.openai_chat.translation.schemas import may_be_strict, parameters
from proxyapp.protocols.openai_chat.translation.write_content import Contents

Fields = dict[str, Any]


class Tools:
    """Writes tools and choice into `fields`; `losses` gathers what could not be said."""

    def __init__(self, question: Question, habits: Habits) -> None:
        self.fields: Fields = {}
        self._habits = habits
        self._contents = Contents(habits)
        choice = question.choice
        narrowed = choice.allowed if choice is not None and not habits.knows_newest else []
        own = [tool for tool in question.tools if not tool.hosted]
        self._custom = {tool.flat_name for tool in own if tool.custom and habits.knows_newest}
        if tools := [self._tool(tool) for tool in own if not narrowed or tool.flat_name in narrowed]:
            self.fields["tools"] = tools
        for tool in question.tools:
            if tool.hosted:
                self._hosted(tool)
        if choice is not None:
            self._choose(choice, {tool.flat_name for tool in own})

    @property
    def losses(self) -> list[str]:
        return self._contents.losses

    def _tool(self, tool: Tool) -> Fields:
        mark = self._contents.mark(tool.cache)
        described = {"description": tool.description} if tool.description else {}
        if tool.custom and self._habits.knows_newest:
            custom = {"name": fitting(tool.flat_name, NAMES), **described, **_format(tool.format)}
            return {"type": "custom", "custom": custom, **mark}
        function: Fields = {"name": fitting(tool.flat_name, NAMES), **described}
        if tool.custom:
            function["parameters"] = custom_schema()
            if tool.format:
                self.losses.append("tools[].custom.format")
        elif tool.schema:
            function["parameters"], removed = parameters(tool.schema)
            self.losses.extend(f"tools[].function.parameters.{name}" for name in removed)
        if tool.strict is not None and not tool.custom:
            function["strict"] = self._strict(tool.strict, function.get("parameters"))
        return {"type": "function", "function": function, **mark}

    def _strict(self, wanted: bool, schema: Any) -> bool:
        if wanted and not (schema and may_be_strict(schema)):
            self.losses.append("tools[].function.strict")
            return False
        return wanted

    def _hosted(self, tool: Tool) -> None:
        """Only models made for it search the web, and they take no domains."""
        if tool.hosted == "web_search" and self._habits.searches:
            self.fields["web_search_options"] = {}
            self.losses.extend(f"web_search_options.{name}" for name in tool.options)
        else:
            self.losses.append(f"tools[].{tool.hosted}")

    def _choose(self, choice: ToolChoice, offered: set[str]) -> None:
        """A choice without tools is refused, and so is one of a tool that is not there."""
        if "tools" not in self.fields:
            if choice.mode in ("required", "named"):
                self.losses.append("tool_choice")
            return
        if choice.mode == "named" and choice.name not in offered:
            self.losses.append("tool_choice")
        else:
            self.fields["tool_choice"] = self._choice(choice)
        if choice.parallel is not None and not self._habits.is_o:
            self.fields["parallel_tool_calls"] = choice.parallel

    def _choice(self, choice: ToolChoice) -> Any:
        if choice.mode == "named":
            return self._named(choice.name)
        if choice.allowed and self._habits.knows_newest and choice.mode != "none":
            allowed = {"mode": choice.mode, "tools": [self._named(name) for name in choice.allowed]}
            return {"type": "allowed_tools", "allowed_tools": allowed}
        return choice.mode

    def _named(self, name: str) -> Fields:
        kind = "custom" if name in self._custom else "function"
        return {"type": kind, kind: {"name": fitting(name, NAMES)}}


def _format(said: Fields) -> Fields:
    """A grammar in the form of chat, in an object of its own."""
    if not said:
        return {}
    if said.get("type") == "grammar" and "grammar" not in said:
        inner = {name: value for name, value in said.items() if name != "type"}
        return {"format": {"type": "grammar", "grammar": inner}}
    return {"format": said}
