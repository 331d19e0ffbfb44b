"""The items of `input`: messages, calls and their outputs, reasoning."""

from collections.abc import Callable, Sequence
from typing import Literal

from proxyapp.protocols.canonical import Media, Part, Text, ToolResult, ToolUse, Turn
from proxyapp.protocols.openai_responses.translation.node import Node, json_text
from proxyapp.protocols.openai_responses.translation.read_content import read_content, read_output
from proxyapp.protocols.openai_responses.translation.reasoning import returned_thinking
from proxyapp.protocols.openai_responses.translation.tools import flat_name

_UNTRANSLATABLE = {
    "item_reference": "it refers to what is stored at OpenAI",
    "compaction": "only OpenAI can read the earlier conversation in it",
    "compaction_trigger": "only OpenAI compacts a conversation like this",
    "computer_call": "no other protocol has OpenAI's computer tool",
    "computer_call_output": "no other protocol has OpenAI's computer tool",
}


class Conversation:
    """What the items read so far say together."""

    def __init__(self) -> None:
        self.system: list[Text] = []
        self.turns: list[Turn] = []
        self.tools: list[Node] = []  # those that an item has added
        self._names: dict[str, str] = {}  # of the tools, by the ids of their calls

    def take(self, item: Node) -> None:
        """Read one item."""
        kind = _kind_of(item)
        item.ignore("id", "status")
        if kind in _UNTRANSLATABLE:
            raise item.untranslatable("", _UNTRANSLATABLE[kind])
        if (read := _READERS.get(kind)) is None:
            item.lose(kind)  # what a hosted tool did: the answer after it tells it, too
            item.members()
        else:
            read(self, item)

    def message(self, item: Node) -> None:
        role = item.required("role")
        parts = read_content(item)
        if role in ("system", "developer"):
            self._instruct(item, parts)
        elif role in ("user", "assistant"):
            self._add("user" if role == "user" else "assistant", parts)
        else:
            raise item.complaint("role", "must be user, assistant, system or developer")

    def function_call(self, item: Node) -> None:
        self._call(item, item.text("arguments") or "{}", custom=False)

    def custom_call(self, item: Node) -> None:
        self._call(item, item.text("input"), custom=True)

    def builtin_call(self, item: Node) -> None:
        """A call of a tool that OpenAI defines and the client runs: to anybody else, a function."""
        name = item.required("type").removesuffix("_call")
        arguments = json_text(item.plain("operation" if name == "apply_patch" else "action"))
        id_ = item.required("call_id")
        self._names[id_] = name
        self._add("assistant", [ToolUse(id=id_, name=name, arguments=arguments)])

    def output(self, item: Node) -> None:
        self._give_back(item, item.required("call_id"), read_output(item))

    def builtin_output(self, item: Node) -> None:
        id_ = item.text("call_id") or item.required("id")
        output = item.get("output")
        text = output if isinstance(output, str) else json_text(output)
        content: list[Text | Media] = [Text(text=text)] if output else []
        self._give_back(item, id_, content, is_error=item.get("status") == "failed")

    def reasoning(self, item: Node) -> None:
        summary, content = item.nodes("summary"), item.nodes("content")
        for part in (*summary, *content):
            part.ignore("type")
        said = [part.text("text") for part in summary]
        thought = [part.text("text") for part in content]
        self._add("assistant", [returned_thinking(said or thought, item.text("encrypted_content"))])

    def image(self, item: Node) -> None:
        """An image that the model has made."""
        if result := item.text("result"):
            media_type = f"image/{item.text('output_format') or 'png'}"
            self._add("assistant", [Media(kind="image", media_type=media_type, data=result)])
        item.members()

    def more_tools(self, item: Node) -> None:
        item.ignore("role", "call_id", "execution")
        self.tools += item.nodes("tools")

    def _instruct(self, item: Node, parts: Sequence[Part]) -> None:
        for part in parts:
            if not isinstance(part, Text):
                raise item.complaint("content", "may only hold texts in this role")
            self.system.append(part)
        if self.turns:
            item.lose("role")  # said later, but now it stands before the conversation

    def _call(self, item: Node, arguments: str, *, custom: bool) -> None:
        id_ = item.required("call_id")
        name = flat_name(item.text("namespace"), item.required("name"))
        self._names[id_] = name
        self._add("assistant", [ToolUse(id=id_, name=name, arguments=arguments, custom=custom)])

    def _give_back(self, item: Node, id_: str, content: list[Text | Media], is_error: bool = False) -> None:
        item.ignore("namespace", "max_output_length")
        name = self._names.get(id_) or item.text("name")
        item.ignore("name")
        self._add("user", [ToolResult(id=id_, name=name, content=content, is_error=is_error)])

    def _add(self, role: Literal["user", "assistant"], parts: Sequence[Part]) -> None:
        if self.turns and self.turns[-1].role == role:
            self.turns[-1].parts += parts
        elif parts:
            self.turns.append(Turn(role=role, parts=list(parts)))


def _kind_of(item: Node) -> str:
    if kind := item.text("type"):
        return kind
    return "message" if item.get("role") is not None else "item_reference"


_READERS: dict[str, Callable[[Conversation, Node], None]] = {
    "message": Conversation.message,
    "function_call": Conversation.function_call,
    "custom_tool_call": Conversation.custom_call,
    "local_shell_call": Conversation.builtin_call,
    "shell_call": Conversation.builtin_call,
    "apply_patch_call": Conversation.builtin_call,
    "function_call_output": Conversation.output,
    "custom_tool_call_output": Conversation.output,
    "local_shell_call_output": Conversation.builtin_output,
    "shell_call_output": Conversation.builtin_output,
    "apply_patch_call_output": Conversation.builtin_output,
    "reasoning": Conversation.reasoning,
    "image_generation_call": Conversation.image,
    "additional_tools": Conversation.more_tools,
    "tool_search_output": Conversation.more_tools,
}
