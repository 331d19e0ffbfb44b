"""The form between protocols: what a question, an answer and a stream of one mean, whoever wrote it down.

A call whose model is served in another protocol than the client's is read into this form and written out of
it, never from one protocol straight into another. Each protocol therefore has six translations and knows
nobody else's: it reads and writes questions, answers and streams.

What a reader cannot say in this form, and what a writer cannot say in its protocol, is named in a list of
losses, which the client is told: nothing is dropped silently. A loss is the path of the field as its own
protocol calls it (`top_k`, `tools[].cache_control`), without indices, each named once.
"""

from typing import Any, Literal

from msgspec import Struct

from proxyapp.protocols.base import ProtocolName
from proxyapp.usage import TokenUsage

Cache = Literal["", "5m", "1h"]
"""How long the prompt up to and including a part should stay in the provider's cache; empty: not asked."""


# --- The parts of which turns and answers are made


class Citation(Struct, frozen=True, omit_defaults=True):
    """A source of a piece of text. `start` and `end` count characters of the text of its part."""

    url: str = ""
    title: str = ""
    quote: str = ""
    start: int | None = None
    end: int | None = None


class Text(Struct, tag="text", omit_defaults=True):
    text: str
    cache: Cache = ""
    citations: list[Citation] = []


class Media(Struct, tag="media", omit_defaults=True):
    """An image, document, sound or film: inline (`data`, base64) or by link (`url`), never both."""

    kind: Literal["image", "document", "audio", "video"]
    media_type: str = ""  # as in image/png; empty where a link does not say
    data: str = ""
    url: str = ""
    name: str = ""  # file name or title
    detail: str = ""  # OpenAI's low, high, auto
    cache: Cache = ""


class Seal(Struct, frozen=True):
    """What a provider signed or encrypted, opaque to everybody else: `value` must come back to `origin`
    byte for byte. `carrying.py` takes it through the clients of other protocols.
    """

    origin: ProtocolName
    value: str


class Thinking(Struct, tag="thinking", omit_defaults=True):
    """Reasoning. Its text may be empty with only a seal; `redacted` where it must not be shown.

    A seal on a tool call (Gemini's) stands in a Thinking without text directly before the call.
    """

    text: str = ""
    seal: Seal | None = None
    redacted: bool = False


class ToolUse(Struct, tag="tool_use", omit_defaults=True):
    """A call of a tool. `arguments` is the text of a JSON object; of a custom tool, free text."""

    id: str
    name: str
    arguments: str
    custom: bool = False
    cache: Cache = ""


class ToolResult(Struct, tag="tool_result", omit_defaults=True):
    """What a tool gave back. `name` is that of the call with this id; readers look it up in earlier turns."""

    id: str
    name: str
    content: list["Text | Media"]
    is_error: bool = False
    cache: Cache = ""


class Refusal(Struct, tag="refusal"):
    """Why the model would not answer, in its own words."""

    text: str


Part = Text | Media | Thinking | ToolUse | ToolResult | Refusal


# --- The question


class Turn(Struct):
    """Consecutive parts of one side. Tool results belong to the user's turns; readers join turns of the
    same side where the protocol has them apart (`role: tool`, items of Responses).
    """

    role: Literal["user", "assistant"]
    parts: list[Part]


class Tool(Struct, omit_defaults=True):
    """A tool that may be called. `hosted` names one that the provider runs itself; then `schema` is empty
    and `options` are its settings as far as they mean the same everywhere (`allowed_domains`,
    `blocked_domains`, `max_uses`).

    A `custom` tool takes free text, its `format` (a grammar) if any as it came. `namespace` is that of
    Responses; elsewhere such a tool is called by `flat_name`.
    """

    name: str
    description: str = ""
    schema: dict[str, Any] = {}
    strict: bool | None = None
    custom: bool = False
    format: dict[str, Any] = {}
    namespace: str = ""
    hosted: Literal["", "web_search", "web_fetch", "code_execution"] = ""
    options: dict[str, Any] = {}
    cache: Cache = ""

    @property
    def flat_name(self) -> str:
        return f"{self.namespace}__{self.name}" if self.namespace else self.name


class ToolChoice(Struct, omit_defaults=True):
    """Which tools may be called. `required`: any, but one must; `named`: exactly `name` (a flat name);
    `allowed` narrows the tools to these flat names where it is not empty.
    """

    mode: Literal["auto", "none", "required", "named"] = "auto"
    name: str = ""
    allowed: list[str] = []
    parallel: bool | None = None


Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Reasoning(Struct, omit_defaults=True):
    """How much to think before the answer, as an effort, a budget of tokens, or left to the model
    (`adaptive`); `shown`: whether the client wants to read it (None: not said).
    """

    effort: Effort | None = None
    budget: int | None = None
    adaptive: bool = False
    shown: bool | None = None


class AnswerFormat(Struct, omit_defaults=True):
    """The answer must be JSON; of this schema, where one is given."""

    schema: dict[str, Any] | None = None
    name: str = ""
    description: str = ""
    strict: bool | None = None


class Question(Struct, omit_defaults=True):
    """A request. Numbers are as the client wrote them; a ceiling of None leaves it to the model."""

    model: str
    turns: list[Turn]
    system: list[Text] = []
    tools: list[Tool] = []
    choice: ToolChoice | None = None
    ceiling: int | None = None
    stop: list[str] = []
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    format: AnswerFormat | None = None
    reasoning: Reasoning | None = None
    verbosity: str = ""  # OpenAI's low, medium, high
    user: str = ""  # who asks, as the client's own opaque name
    tier: str = ""  # service tier, by the client's own name for it
    stream: bool = False
    legacy: bool = False  # asked in chat's old words (`functions`): the answer says `function_call`
    losses: list[str] = []  # what of the request could not be said here


# --- The answer

Stop = Literal["end", "length", "stop_sequence", "tool_use", "refusal", "filter", "pause"]
"""Why an answer ended. `filter`: the provider withheld it; `pause`: it wants to go on in another call."""


class Answer(Struct, omit_defaults=True):
    """A whole answer: parts of Text, Thinking, ToolUse, Refusal and Media."""

    parts: list[Part]
    stop: Stop
    usage: TokenUsage | None = None
    stop_sequence: str = ""


# --- The stream: Begun, then parts one after the other (Opened, Added…, Closed), then Ended. Parts may
# overlap where the provider interleaves them; a writer whose protocol cannot, closes the one that is open
# when the next is opened, and opens it again with what is still to come if its protocol allows.


class Begun(Struct, frozen=True, gc=False):
    """The answer begins; some providers know the input side of the usage by now."""

    usage: TokenUsage | None = None


class Opened(Struct, frozen=True):
    """A part begins, empty but for what is known from the start (a tool call's id and name; Media whole)."""

    index: int
    part: Part


class Added(Struct, frozen=True, gc=False):
    """More of the text, thinking, refusal or arguments of the part that was opened under this index."""

    index: int
    text: str


class Sealed(Struct, frozen=True):
    """The seal of a Thinking that is open."""

    index: int
    seal: Seal


class Cited(Struct, frozen=True):
    """A source of the Text that is open."""

    index: int
    citation: Citation


class Closed(Struct, frozen=True, gc=False):
    index: int


class Ended(Struct, frozen=True):
    """The answer is whole. Nothing follows. A stream that breaks off has no such event."""

    stop: Stop
    usage: TokenUsage | None = None
    stop_sequence: str = ""


Event = Begun | Opened | Added | Sealed | Cited | Closed | Ended
