"""The face every protocol shows to the gateway. The gateway knows no wire format beyond this."""

from typing import Literal, Protocol

import msgspec

from proxyapp.errors import Problem
from proxyapp.usage import TokenUsage

ProtocolName = Literal["anthropic", "openai_chat", "openai_responses", "gemini", "openai"]
"""Four speak of conversations, and routes are made for these. `openai` is everything else at an OpenAI
address: embeddings, pictures, sound and the like; see `Call.carriers`.
"""

CHAT_PROTOCOLS: frozenset[str] = frozenset(("anthropic", "openai_chat", "openai_responses", "gemini"))
"""A conversation in any of these is translated into any other."""

Header = tuple[bytes, bytes]


class Call(msgspec.Struct, frozen=True):
    """A client's request as the gateway needs it; `body` is what was checked and what is forwarded."""

    protocol: ProtocolName
    model: str
    body: bytes
    stream: bool = False
    sse: bool = True  # False: Gemini's streamed JSON array
    max_output: int | None = None  # ceiling the client asked for, for each answer
    answers: int = 1  # how many answers the client wants (`n`, `candidateCount`)
    least_output: int = 1  # a lower ceiling than this would break the request (thinking budget + room)
    remote_media: int = 0  # inputs by reference (image links and the like): bounded by a published rule
    unbounded: str = ""  # names the field whose size cannot be bounded (a stored file), or empty
    sealed: bool = True  # thinking of earlier turns may be in it, which a provider has signed
    hides_usage: bool = False  # we ask for the usage chunk that the client did not ask for, and hide it
    lowers: bool = True  # whether a lower output ceiling can be written into it
    carriers: tuple[
        ProtocolName, ...
    ] = ()  # whose routes alone carry it, as it is; empty: its own protocol's
    said: dict[str, int] = {}  # units by meter that the request itself says: pictures, characters, one call
    bounds: dict[str, int] = {}  # the most units by meter that the length of the body does not say
    usual: dict[str, int] = {}  # those units in all likelihood
    method: bytes = b"POST"
    where: str = ""  # the rest of the address, where the codec alone does not know it
    stored: bool = False  # the provider keeps the answer
    previous: str = ""  # the stored response that is named in it
    prior: int = 0  # the most tokens that this adds to the input
    pinned: int = 0  # id of the one credential that can reach it


class Reading(Protocol):
    """Watches one answer pass. Never buffers more than one event."""

    @property
    def usage(self) -> TokenUsage | None:
        """What the provider has reported so far, in our disjoint counters."""
        ...

    @property
    def output_bytes(self) -> int:
        """UTF-8 bytes of generated content seen so far, for estimates."""
        ...

    @property
    def started(self) -> bool:
        """Whether the first piece of real output has been seen."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the protocol's terminal event (or a whole JSON answer) has been seen."""
        ...

    @property
    def failure(self) -> str:
        """Message of an error event inside the stream, or empty."""
        ...

    @property
    def between(self) -> bool:
        """Whether what has been passed on ends with a whole event, so that a filler may follow."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they came; give back the bytes to pass on (the same, but for hidden usage)."""
        ...

    def end(self) -> bytes:
        """The upstream has ended in order; give back what was held back, if anything."""
        ...


class Codec(Protocol):
    """Reads and writes one protocol."""

    name: ProtocolName

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        """The call in `body`. `model` and `verb` come from the path where the protocol puts them there;
        `content_type` is the client's header, for bodies that are forms.

        InvalidRequest for broken JSON, duplicate keys, NaN, wrong types or a missing model.
        """
        ...

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        """The body to forward: untouched but for model name, usage wanted and a lower ceiling."""
        ...

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        """The absolute URL to send it to."""
        ...

    def credentials(self, secret: str) -> list[Header]:
        """The headers in which this protocol carries a key."""
        ...

    def watch(self, call: Call) -> Reading:
        """A reading for this call's answer: streamed if `call.stream`, else one JSON document."""
        ...

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        """Status and JSON body of an error answer in this protocol's own form."""
        ...

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        """The terminal error event of a stream that has begun."""
        ...

    def refusal(self, status: int, body: bytes) -> str:
        """The provider's own words in its error body, for passing on; empty where there are none."""
        ...


class CountingCodec(Codec, Protocol):
    """One that asks how many tokens a request has."""

    def estimate(self, call: Call) -> bytes:
        """The answer of a provider that counts as `estimating.tokens` does."""
        ...
