"""From the client's protocol to a provider's and back: the only module that knows two of them at once.

Where both speak the same, a call passes as it is. Else it is read into the canonical form once, written
down for each target that is tried, and the answer is read and written the same way back.
"""

import re
import time

import msgspec

from proxyapp.protocols import repair
from proxyapp.protocols.anthropic.translation import TRANSLATOR as ANTHROPIC
from proxyapp.protocols.base import Call, Codec, Header, ProtocolName, Reading
from proxyapp.protocols.canonical import Question
from proxyapp.protocols.carrying import once
from proxyapp.protocols.endpoints import CODECS
from proxyapp.protocols.gemini.translation import TRANSLATOR as GEMINI
from proxyapp.protocols.openai_chat.translation import TRANSLATOR as OPENAI_CHAT
from proxyapp.protocols.openai_responses.translation import TRANSLATOR as OPENAI_RESPONSES
from proxyapp.protocols.translated import TranslatedDocument, TranslatedStream
from proxyapp.protocols.translator import Frame, Translator

TRANSLATORS: dict[ProtocolName, Translator] = {
    "anthropic": ANTHROPIC,
    "openai_chat": OPENAI_CHAT,
    "openai_responses": OPENAI_RESPONSES,
    "gemini": GEMINI,
}
_LONGEST_NOTE = 1_000
# What a client says in the headers of its own protocol means nothing in another one.
_SPOKEN_AT_HOME = (
    b"accept anthropic- openai- chatgpt- content-type originator session-id session_id thread-id x-app "
    b"x-claude- x-client-request-id x-codex- x-gemini- x-goog- x-stainless-"
)
_AT_HOME = tuple(_SPOKEN_AT_HOME.split())
_UNPRINTABLE = re.compile(rb"[^ -~]")


class Way:
    """How a call goes to one target: `codec` and `call` are the provider's, `frame` is there where the answer
    has to be translated back.
    """

    __slots__ = ("body", "call", "codec", "converted", "frame", "headers", "names")

    def __init__(
        self,
        codec: Codec,
        call: Call,
        body: bytes,
        headers: list[Header],
        frame: Frame | None = None,
        converted: str = "",
        names: dict[str, str] | None = None,
    ) -> None:
        self.codec = codec
        self.call = call
        self.body = body
        self.headers = headers
        self.frame = frame
        self.names = names or {}  # tools that the provider knows otherwise than the client
        self.converted = converted  # what was done to the call, for the client; empty where nothing was

    def watch(self, client: Codec) -> Reading:
        """A reading of the provider's answer, which gives back the client's."""
        reading = self.codec.watch(self.call)
        if self.frame is None:
            return reading
        theirs, ours = TRANSLATORS[self.codec.name], TRANSLATORS[client.name]
        if self.call.stream:
            return TranslatedStream(reading, theirs.read_stream(), ours.write_stream(self.frame), self.names)
        return TranslatedDocument(reading, theirs, ours, self.frame, self.names)


class Bridge:
    """The ways of one call. `codec` is the client's, `headers` are those of its request that may travel."""

    def __init__(self, codec: Codec, call: Call, call_id: str, headers: list[Header]) -> None:
        self._codec = codec
        self._call = call
        self._call_id = call_id
        self._headers = headers
        self._question: Question | None = None
        self._repaired = ""

    def read(self) -> None:
        """Read the question, as every translation needs it; InvalidRequest where it cannot be translated."""
        call = self._call
        self._question = TRANSLATORS[call.protocol].read_question(call.body, call.model, stream=call.stream)

    def repair(self, words: str) -> str:
        """Mend the call so that a provider which said this may take it: what was done; empty where there is
        no remedy, or it has been tried.
        """
        if self._call.carriers or self._repaired or not repair.is_about_thinking(words):
            return ""
        self._call = msgspec.structs.replace(
            self._call, body=repair.without_thinking(self._call.protocol, self._call.body)
        )
        if self._question is not None:
            self.read()
        self._repaired = "thinking"
        return self._repaired

    def forget_body(self) -> None:
        """The answer has begun: nothing will be sent again."""
        self._call = msgspec.structs.replace(self._call, body=b"")
        self._question = None

    def passes(self, protocol: str, model: str, ceiling: int | None) -> bool:
        """Whether the body goes to such a target as it came: there is nothing to be done for `way`."""
        call = self._call
        alike = protocol == self._codec.name and model == call.model and not call.carriers
        return alike and ceiling is None and not (call.hides_usage or call.sealed)

    def way(self, protocol: str, model: str, ceiling: int | None, most: int) -> Way:
        """To a target that knows the model as `model`. `ceiling` is an announced lower one, `most` the one
        that was admitted.
        """
        if self._call.carriers or protocol == self._codec.name:
            body = self._codec.write(self._at_home(self._call), model, ceiling)
            return Way(self._codec, self._call, body, self._headers)
        return self._translated(CODECS[protocol].name, model, most if ceiling is None else ceiling)

    def _at_home(self, call: Call) -> Call:
        """Without what only the providers of other protocols have signed."""
        if call.carriers or not call.sealed or not repair.has_foreign_seals(call.body):
            return call
        body = repair.without_thinking(call.protocol, call.body, foreign=True)
        return msgspec.structs.replace(call, body=body)

    def _translated(self, protocol: ProtocolName, model: str, ceiling: int) -> Way:
        if self._question is None:
            self.read()
        question: Question = self._question  # type: ignore[assignment]  # it has just been read
        written = TRANSLATORS[protocol].write_question(question, model, ceiling)
        call = self._call
        theirs = Call(protocol=protocol, model=call.model, body=b"", stream=call.stream)
        travelling = [pair for pair in self._headers if not pair[0].startswith(_AT_HOME)]
        frame = Frame(
            call_id=self._call_id,
            model=call.model,
            created=int(time.time()),
            question=msgspec.structs.replace(question, system=[], turns=[]),  # kept while the answer runs
            sse=call.sse,
            wants_usage=not call.hides_usage,
        )
        return Way(
            CODECS[protocol],
            theirs,
            written.body,
            [*travelling, (b"content-type", b"application/json"), *written.headers],
            frame,
            _note(call.protocol, protocol, once([*question.losses, *written.losses])),
            written.names,
        )


def content_type(frame: Frame, *, stream: bool) -> Header:
    """What a translated answer is."""
    return (b"content-type", b"text/event-stream" if stream and frame.sse else b"application/json")


def _note(here: str, there: str, losses: list[str]) -> str:
    lost = f"; lost: {', '.join(losses)}" if losses else ""
    return f"{here} -> {there}{lost}"[:_LONGEST_NOTE]


def printable(note: str) -> bytes:
    """A note as the value of a header; it names members of the client's own, whatever is in their names."""
    return _UNPRINTABLE.sub(b"?", note.encode("ascii", "replace"))
