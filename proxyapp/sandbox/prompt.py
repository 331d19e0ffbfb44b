"""A request as the sandbox sees it, whatever protocol it came in."""

from typing import Any

import msgspec

from proxyapp.sandbox.tally import Side, Tally

JSON_OBJECT: dict[str, object] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
}


class Tool(msgspec.Struct, frozen=True):
    """A tool the model may call; a ``custom`` one takes free text instead of JSON arguments."""

    name: str
    schema: Any = None
    custom: bool = False


class Prompt(msgspec.Struct):
    """What the request asks for. ``result`` is the tool's answer when the last entry is one."""

    model: str = ""
    stream: bool = False
    tally: Tally = msgspec.field(default_factory=Tally)
    tools: list[Tool] = []
    may_call: bool = True
    forced: str = ""
    must_call: bool = False
    said: str = ""
    words: list[str] = []
    """All that the user has said since the model spoke; `said` is the last of it."""
    result: str | None = None
    limit: int | None = None
    thinks: bool = False
    shows_thinking: bool = True
    schema: Any = None
    wants_usage: bool = True
    array: bool = False
    """Gemini without ``alt=sse``: the stream is one JSON array."""
    seals: bool = False
    """The encrypted form of the reasoning is asked for (Responses)."""
    echo: dict[str, object] = {}
    """Fields that the answer repeats (Responses)."""
    answer_id: str = ""
    keeps: bool = False
    """The answer is to be stored under ``answer_id`` (Responses)."""
    previous: str = ""
    """The stored answer that this goes on from (Responses)."""
    items: bytes = b"[]"
    """The input as JSON, to be stored with it (Responses)."""

    def turn(self, side: Side) -> None:
        """A message begins."""
        self.tally.turn(side)
        self.result = None
        if side != "user":
            self.words.clear()

    def text(self, side: Side, text: str) -> None:
        self.tally.text(text)
        if side == "user" and text.strip():
            self.said = text
            self.words.append(text)

    def returned(self, text: str) -> None:
        """A tool's result, the last entry so far."""
        self.tally.text(text)
        self.result = text

    def offer(
        self, name: str, description: str, schema: object, *, callable_: bool, custom: bool = False
    ) -> None:
        """A tool definition; it is counted even where the sandbox cannot call it (a provider's own tool)."""
        self.tally.definition(name, description, schema)
        if callable_:
            self.tools.append(Tool(name, schema, custom))
