"""What every protocol's test double offers."""

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from proxyapp.sandbox.tokens import Counts

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
ARGUMENTS = {"city": "Paris", "days": 1}
CALL_ID = "call_1"


class Talk(msgspec.Struct, frozen=True):
    """One request, said without a protocol. ``result`` adds a finished tool call to the history."""

    text: str = "Wie geht's, Jürgen?"
    system: str = "Be brief."
    tools: tuple[str, ...] = ()
    choice: str = ""
    """Empty: auto; ``none``; otherwise the name of the tool that must be called."""
    result: str = ""
    limit: int = 4000
    thinking: bool = False
    stream: bool = False


class Said(msgspec.Struct):
    """An answer, said without a protocol. ``counts`` is None where the answer had no usage."""

    text: str = ""
    thinking: str = ""
    call: str = ""
    arguments: Any = None
    short: bool = False
    counts: Counts | None = None


class Wire(ABC):
    """One protocol."""

    name: str
    headers: dict[str, str]

    def path(self, model: str, *, stream: bool) -> str:
        """Where to send a request for ``model``."""
        raise NotImplementedError

    @abstractmethod
    def body(self, model: str, talk: Talk) -> dict[str, Any]:
        """The request body, asking for usage where that is a choice."""

    @abstractmethod
    def whole(self, answer: dict[str, Any]) -> Said:
        """Read a JSON answer."""

    @abstractmethod
    def streamed(self, answer: list[dict[str, Any]]) -> Said:
        """Read the data of a stream's events."""

    def encoded(self, model: str, talk: Talk) -> bytes:
        return msgspec.json.encode(self.body(model, talk))


def events(stream: bytes) -> list[dict[str, Any]]:
    """The data of server-sent events, without ``[DONE]``."""
    frames = stream.replace(b"\r\n", b"\n").split(b"\n\n")
    data = [line[6:] for frame in frames for line in frame.split(b"\n") if line.startswith(b"data: ")]
    return [msgspec.json.decode(entry) for entry in data if entry != b"[DONE]"]
