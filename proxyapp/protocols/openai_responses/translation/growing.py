"""The parts of a streamed answer while they grow: what is said when they begin, go on and end."""

from typing import Any, Protocol

from proxyapp.protocols.canonical import Citation, Seal, ToolUse
from proxyapp.protocols.openai_responses.translation import items
from proxyapp.protocols.openai_responses.translation.citations import annotation_of
from proxyapp.protocols.openai_responses.translation.lines import Lines, delta_head
from proxyapp.protocols.openai_responses.translation.tools import Offer


class Growing(Protocol):
    """A part that is open."""

    def add(self, text: str) -> None:
        """More of it."""
        ...

    def close(self, status: str) -> None:
        """It is whole, or broken off (`incomplete`)."""
        ...


class Message:
    """A message item. It is done once it is left and none of its parts is open."""

    def __init__(self, lines: Lines, output: list[items.Item], call_id: str) -> None:
        self.place = len(output)
        self.id = f"msg_{call_id}_{self.place}"
        self.content: list[items.Item] = []
        self.open = 0
        self._left = self._done = False
        self._lines, self._output = lines, output
        output.append(items.message(self.id, [], "in_progress"))
        lines.say("response.output_item.added", output_index=self.place, item=output[self.place])

    def leave(self, status: str) -> None:
        """Nothing more will be opened in it."""
        self._left = True
        self.settle(status)

    def settle(self, status: str) -> None:
        """Say that it is done, if it is."""
        if self._left and not self.open and not self._done:
            self._done = True
            item = self._output[self.place] = items.message(self.id, self.content, status)
            self._lines.say("response.output_item.done", output_index=self.place, item=item)


class Said:
    """A text or a refusal in a message."""

    def __init__(self, lines: Lines, message: Message, *, refusal: bool) -> None:
        self._lines, self._message, self._refusal = lines, message, refusal
        self._texts: list[str] = []
        self._length = 0
        self._notes: list[items.Item] = []
        self._index = len(message.content)
        self._at = {"item_id": message.id, "output_index": message.place, "content_index": self._index}
        self._kind = "response.refusal" if refusal else "response.output_text"
        self._more: dict[str, Any] = {} if refusal else {"logprobs": []}
        self._head = delta_head(f"{self._kind}.delta", **self._at, **self._more)
        message.content.append(self._part())
        message.open += 1
        lines.say("response.content_part.added", **self._at, part=self._part())

    def add(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)
        self._lines.say_delta(self._head, text)

    def cite(self, citation: Citation) -> None:
        """A source of the text; a refusal has none."""
        if self._refusal:
            return
        note = annotation_of(citation, self._length)
        self._lines.say(
            f"{self._kind}.annotation.added", **self._at, annotation_index=len(self._notes), annotation=note
        )
        self._notes.append(note)

    def close(self, status: str) -> None:
        part = self._part()
        name = "refusal" if self._refusal else "text"
        self._lines.say(f"{self._kind}.done", **self._at, **self._more, **{name: part[name]})
        self._lines.say("response.content_part.done", **self._at, part=part)
        self._message.content[self._index] = part
        self._message.open -= 1
        self._message.settle(status)

    def _part(self) -> items.Item:
        text = "".join(self._texts)
        return items.refusal_content(text) if self._refusal else items.text_content(text, self._notes)


class Thought:
    """A reasoning item. Its summary begins with the first text: without any, there is none."""

    def __init__(self, lines: Lines, output: list[items.Item], call_id: str, redacted: bool) -> None:
        self._lines, self._output, self._redacted = lines, output, redacted
        self._texts: list[str] = []
        self._seal: Seal | None = None
        self._index = len(output)
        self._id = f"rs_{call_id}_{self._index}"
        self._at = {"item_id": self._id, "output_index": self._index, "summary_index": 0}
        self._head = delta_head("response.reasoning_summary_text.delta", **self._at)
        output.append(items.reasoning(self._id, "", None, redacted))
        lines.say("response.output_item.added", output_index=self._index, item=output[self._index])

    def add(self, text: str) -> None:
        if not self._texts:
            self._lines.say("response.reasoning_summary_part.added", **self._at, part=_summary(""))
        self._texts.append(text)
        self._lines.say_delta(self._head, text)

    def seal(self, seal: Seal) -> None:
        """What the client has to give back."""
        self._seal = seal

    def close(self, status: str) -> None:
        text = "".join(self._texts)
        if self._texts:
            self._lines.say("response.reasoning_summary_text.done", **self._at, text=text)
            self._lines.say("response.reasoning_summary_part.done", **self._at, part=_summary(text))
        item = items.reasoning(self._id, text, self._seal, self._redacted)
        self._output[self._index] = item
        self._lines.say("response.output_item.done", output_index=self._index, item=item)


class Called:
    """A call of a tool. The free text of a custom tool that was called as a function comes out of the whole
    of its arguments, so it is said at the end.
    """

    def __init__(
        self, lines: Lines, output: list[items.Item], call_id: str, use: ToolUse, offer: Offer
    ) -> None:
        self._lines, self._output, self._offer = lines, output, offer
        self._use = ToolUse(id=use.id, name=use.name, arguments="", custom=use.custom)
        self._texts: list[str] = []
        self._waits = offer.custom and not use.custom
        self._index = len(output)
        place = f"{call_id}_{self._index}"
        self._id, self._call_id = f"{offer.prefix}_{place}", use.id or f"call_{place}"
        self._at = {"item_id": self._id, "output_index": self._index}
        self._kind = "response." + ("custom_tool_call_input" if offer.custom else "function_call_arguments")
        self._head = delta_head(f"{self._kind}.delta", **self._at)
        item = {**self._item("in_progress"), self._member: ""}
        output.append(item)
        lines.say("response.output_item.added", output_index=self._index, item=item)

    def add(self, text: str) -> None:
        self._texts.append(text)
        if not self._waits:
            self._lines.say_delta(self._head, text)

    def close(self, status: str) -> None:
        self._use.arguments = "".join(self._texts)
        item = self._item(status)
        if self._waits or not self._texts:
            self._lines.say_delta(self._head, item[self._member])
        self._lines.say(f"{self._kind}.done", **self._at, **{self._member: item[self._member]})
        self._output[self._index] = item
        self._lines.say("response.output_item.done", output_index=self._index, item=item)

    @property
    def _member(self) -> str:
        return "input" if self._offer.custom else "arguments"

    def _item(self, status: str) -> items.Item:
        return items.call(self._id, self._use, self._offer, self._call_id, status)


def _summary(text: str) -> items.Item:
    return {"type": "summary_text", "text": text}
