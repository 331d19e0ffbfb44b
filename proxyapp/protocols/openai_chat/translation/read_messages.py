"""The messages of a chat request: system texts, and turns of two sides."""

from typing import TypeVar

from proxyapp.protocols.canonical import Media, Part, Refusal, Text, Thinking, ToolResult, ToolUse, Turn
from proxyapp.protocols.carrying import arguments_of
from proxyapp.protocols.openai_chat.translation.citations import read_citations
from proxyapp.protocols.openai_chat.translation.decoding import invalid
from proxyapp.protocols.openai_chat.translation.read_content import cache_of, read_content, texts_only
from proxyapp.protocols.openai_chat.translation.thinking import extra_seal, sent_back
from proxyapp.protocols.openai_chat.translation.wire import Called, Message, Thought, ToolCall

_SYSTEM = ("system", "developer")
PartT = TypeVar("PartT", bound=Part)


class Messages:
    """Reads messages one after the other.

    System messages before all others are the system prompt. Later ones keep their place as texts of the
    user's side, which is a loss: elsewhere nobody but user and assistant may speak in between.
    """

    def __init__(self, messages: list[Message]) -> None:
        self.system: list[Text] = []
        self.turns: list[Turn] = []
        self.losses: list[str] = []
        self._names: dict[str, str] = {}  # of the calls so far, by id
        self._unanswered = ""  # id of the last call in the old words (`function_call`)
        leading = next((at for at, each in enumerate(messages) if each.role not in _SYSTEM), 0)
        for index, message in enumerate(messages):
            if message.name and message.role != "function":
                self.losses.append("messages[].name")
            if index < leading:
                self.system += _cached(texts_only(message.content, f"messages[{index}].content"), message)
            else:
                self._read(message, index)

    def _read(self, message: Message, index: int) -> None:
        path = f"messages[{index}]"
        if message.role == "assistant":
            self._add("assistant", self._assistant(message, index))
        elif message.role in ("tool", "function"):
            self._add("user", [self._result(message, path)])
        else:
            if message.role in _SYSTEM:
                self.losses.append("messages[].role")
            if message.content is None:
                raise invalid(f"{path}.content", "is required")
            self._add("user", _cached([*read_content(message.content, f"{path}.content")], message))

    def _add(self, role: str, parts: list[Part]) -> None:
        if not parts:
            return
        if self.turns and self.turns[-1].role == role:
            self.turns[-1].parts += parts
        else:
            self.turns.append(Turn("assistant" if role == "assistant" else "user", parts))

    def _assistant(self, message: Message, index: int) -> list[Part]:
        """Thinking, what was said, and calls, each behind the Thinking that belongs to it."""
        path = f"messages[{index}]"
        parts: list[Part] = [*read_content(message.content, f"{path}.content")]
        if message.refusal:
            parts.append(Refusal(message.refusal))
        if message.annotations:
            _cite(parts, message)
        calls = [
            self._call(call, f"{path}.tool_calls[{at}]") for at, call in enumerate(message.tool_calls or ())
        ]
        if message.function_call is not None:
            calls.append(self._old_call(message.function_call, index))
        return _with_thinking(_cached([*parts, *calls], message), message)

    def _call(self, call: ToolCall, path: str) -> ToolUse:
        if not call.id:
            raise invalid(f"{path}.id", "is required")
        if call.custom is not None:
            use = ToolUse(call.id, call.custom.name, call.custom.input, custom=True)
        elif call.function is not None:
            use = ToolUse(call.id, call.function.name, _arguments(call.function))
        else:
            raise invalid(f"{path}.function", "is required")
        self._names[use.id] = use.name
        return use

    def _old_call(self, called: Called, index: int) -> ToolUse:
        """A call in the old words. It has no id: the message's place is as good."""
        self._unanswered = f"call_message_{index}"
        self._names[self._unanswered] = called.name
        return ToolUse(self._unanswered, called.name, _arguments(called))

    def _result(self, message: Message, path: str) -> ToolResult:
        call_id = self._unanswered if message.role == "function" else message.tool_call_id
        if not call_id:
            field = "name" if message.role == "function" else "tool_call_id"
            raise invalid(f"{path}.{field}", "must belong to a call in an earlier assistant message")
        content: list[Text | Media] = []
        for part in read_content(message.content, f"{path}.content"):
            content.append(Text(part.text) if isinstance(part, Refusal) else part)
        name = self._names.get(call_id) or message.name or ""
        return ToolResult(call_id, name, content, cache=cache_of(message.cache_control))


def _arguments(called: Called) -> str:
    return called.arguments if isinstance(called.arguments, str) else arguments_of(called.arguments)


def _with_thinking(parts: list[Part], message: Message) -> list[Part]:
    """Each Thinking before its call, or first."""
    first: list[Part] = []
    before: dict[str, list[Part]] = {part.id: [] for part in parts if isinstance(part, ToolUse)}
    for call in message.tool_calls or ():
        if call.extra_content:
            before[call.id].append(Thinking(seal=extra_seal(call.extra_content)))
    thought = message.thinking.content if isinstance(message.thinking, Thought) else message.thinking
    text = message.reasoning_content or message.reasoning or thought or ""
    for thinking, call_id in sent_back(message.reasoning_details or [], text):
        before.get(call_id, first).append(thinking)
    placed = first
    for part in parts:
        if isinstance(part, ToolUse):
            placed += before.pop(part.id, ())
        placed.append(part)
    return placed


def _cite(parts: list[Part], message: Message) -> None:
    """Give the sources of a message to its text."""
    text = next((part for part in parts if isinstance(part, Text)), None)
    if text is not None:
        text.citations = read_citations(message.annotations)


def _cached(parts: list[PartT], message: Message) -> list[PartT]:
    """A mark on the whole message means its end."""
    if message.cache_control is not None and parts:
        last = parts[-1]
        if isinstance(last, Text | Media | ToolUse):
            last.cache = cache_of(message.cache_control)
    return parts
