"""The messages for a chat provider."""

import hashlib
import re
from typing import Any

from proxyapp.protocols.canonical import Media, Part, Question, Refusal, Text, Thinking, ToolResult, ToolUse
from proxyapp.protocols.fitting import fitting
from proxyapp.protocols.openai_chat.models import NAMES, Habits
from proxyapp.protocols.openai_chat.translation.calls import wrapped
from proxyapp.protocols.openai_chat.translation.thinking import HERE, Detail, details_in, extra_in
from proxyapp.protocols.openai_chat.translation.write_content import Contents

Message = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}").fullmatch


class Messages:
    """Writes a conversation; `losses` gathers what could not be said.

    Results come first in a user's turn, for they must follow their calls. What of them is no text is in the
    user message behind them.
    """

    def __init__(self, question: Question, habits: Habits) -> None:
        self.written: list[Message] = []
        self._contents = Contents(habits)
        self._habits = habits
        if question.system:
            self._add("system", [*question.system])
        for turn in question.turns:
            if turn.role == "user":
                self._user(turn.parts)
            else:
                self._assistant(turn.parts)

    @property
    def losses(self) -> list[str]:
        return self._contents.losses

    def _add(self, role: str, parts: list[Text | Media], **more: Any) -> None:
        self.written.append({"role": role, "content": self._contents.written(parts), **more})

    def _user(self, parts: list[Part]) -> None:
        beside: list[Text | Media] = []
        for part in parts:
            if isinstance(part, ToolResult):
                beside += self._result(part)
        said = [Text(part.text) if isinstance(part, Refusal) else part for part in parts]
        content = beside + [part for part in said if isinstance(part, Text | Media)]
        if content:
            self._add("user", content)

    def _result(self, result: ToolResult) -> list[Media]:
        """Write a result; what of it belongs into the user message behind."""
        texts = [part for part in result.content if isinstance(part, Text)]
        media = [part for part in result.content if isinstance(part, Media)]
        if media and not texts:
            texts.append(Text("The result is in the next message."))
        if result.is_error:
            first = texts.pop(0).text if texts else ""
            texts.insert(0, Text(f"The tool failed: {first}"))
        content = self._contents.written([*texts]) if texts else ""
        self.written.append(
            {
                "role": "tool",
                "tool_call_id": short_id(result.id),
                "content": content,
                **self._contents.mark(result.cache),
            }
        )
        return media

    def _assistant(self, parts: list[Part]) -> None:
        texts: list[Text | Media] = [part for part in parts if isinstance(part, Text)]
        message: Message = {
            "role": "assistant",
            "content": self._contents.written(texts) if texts else None,
            **self._reasoning([part for part in parts if isinstance(part, Thinking)]),
        }
        if refusals := [part.text for part in parts if isinstance(part, Refusal)]:
            message["refusal"] = "".join(refusals)
        if calls := self._calls(parts):
            message["tool_calls"] = calls
        if any(isinstance(part, Media) for part in parts):
            self.losses.append("messages[].images")
        if texts or refusals or calls:
            self.written.append(message)

    def _reasoning(self, thinkings: list[Thinking]) -> Message:
        """What the provider wants to have back of its own reasoning. Others' is not told."""
        text, details = "", list[Detail]()
        for thinking in thinkings:
            if thinking.seal is not None and thinking.seal.origin == HERE:
                text += thinking.text
                details += details_in(thinking.seal)
            else:
                self.losses.append("thinking")
        said: Message = {"reasoning_content": text} if text else {}
        return {**said, "reasoning_details": details} if details else said

    def _calls(self, parts: list[Part]) -> list[Message]:
        calls: list[Message] = []
        extra: Message = {}
        for part in parts:
            if isinstance(part, ToolUse):
                calls.append({**self._call(part), **extra, **self._contents.mark(part.cache)})
                extra = {}
            elif isinstance(part, Thinking) and part.seal is not None and part.seal.origin == HERE:
                extra = extra_in(part.seal) or extra
        return calls

    def _call(self, use: ToolUse) -> Message:
        if use.custom and self._habits.knows_newest:
            custom = {"name": fitting(use.name, NAMES), "input": use.arguments}
            return {"id": short_id(use.id), "type": "custom", "custom": custom}
        arguments = wrapped(use.arguments) if use.custom else use.arguments or "{}"
        function = {"name": fitting(use.name, NAMES), "arguments": arguments}
        return {"id": short_id(use.id), "type": "function", "function": function}


def short_id(call_id: str) -> str:
    """An id that OpenAI accepts: 40 characters at most. A call and its result are renamed alike."""
    if _ID(call_id):
        return call_id
    return "call_" + hashlib.sha256(call_id.encode()).hexdigest()[:32]
