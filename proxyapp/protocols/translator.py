"""What a protocol offers to translation: six ways between its own words and the canonical form."""

from typing import Protocol

from msgspec import Struct

from proxyapp.protocols.base import Header
from proxyapp.protocols.canonical import Answer, Event, Question


class Frame(Struct, frozen=True):
    """What the writers of answers need to know of the call they answer."""

    call_id: str  # 32 hex characters; ids in answers are made of it
    model: str  # as the client called it
    created: int  # seconds since 1970
    question: Question  # without its turns and system
    sse: bool = True  # False: Gemini's streamed JSON array
    wants_usage: bool = True  # False: a chat client that did not ask for the usage chunk


class Written(Struct, frozen=True):
    """A question in a provider's protocol: its body, the headers that protocol needs beside credentials and
    content type, what could not be said in it, and the tools that had to be called otherwise.
    """

    body: bytes
    headers: list[Header] = []
    losses: list[str] = []
    names: dict[str, str] = {}  # a tool's name in the body, and so in the answer: its flat name


class StreamReader(Protocol):
    """Reads a provider's stream. Any chunking gives the same events; broken events are skipped."""

    def feed(self, data: bytes) -> list[Event]:
        """Take bytes as they came; the events they complete."""
        ...

    def end(self) -> list[Event]:
        """The provider has ended in order: what was still missing. Ended only if the answer was finished."""
        ...


class StreamWriter(Protocol):
    """Writes the client's stream. Everything it has to say is in the bytes it returns."""

    def write(self, events: list[Event]) -> bytes:
        """The bytes for these events. Those for Ended are the last; nothing is written after it."""
        ...


class Translator(Protocol):
    """The translations of one protocol. None of them raises for what a provider sent, but BROKEN of
    `counting` where a whole answer cannot be read.
    """

    def read_question(self, body: bytes, model: str, *, stream: bool) -> Question:
        """The question in a body that the codec has accepted; `model` and `stream` are the codec's findings.

        InvalidRequest naming the field where the request is not what the protocol allows, or asks for
        what no translation can give (several answers, stored inputs).
        """
        ...

    def write_question(self, question: Question, model: str, ceiling: int) -> Written:
        """The body that asks this of `model`; `ceiling` is what is admitted and is always written down."""
        ...

    def read_answer(self, document: bytes) -> Answer:
        """A provider's whole answer."""
        ...

    def write_answer(self, answer: Answer, frame: Frame) -> bytes:
        """The JSON document for the client."""
        ...

    def read_stream(self) -> StreamReader:
        """A reader for one stream."""
        ...

    def write_stream(self, frame: Frame) -> StreamWriter:
        """A writer for one stream."""
        ...
