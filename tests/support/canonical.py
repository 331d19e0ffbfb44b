"""Questions, answers and streams in the form between protocols, for the tests of those who read and write it.

`questions` and `answers` draw what a `Vocabulary` can say: a protocol's tests leave out what its protocol
cannot. `streams` cuts an answer into events; `fold` makes the answer of events again, and complains about a
stream that no provider may send.
"""

import base64
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.canonical import (
    Added,
    Answer,
    AnswerFormat,
    Begun,
    Cache,
    Citation,
    Cited,
    Closed,
    Ended,
    Event,
    Media,
    Opened,
    Part,
    Question,
    Reasoning,
    Refusal,
    Seal,
    Sealed,
    Stop,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from proxyapp.usage import TokenUsage

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}
_TYPES = {"image": "image/png", "document": "application/pdf", "audio": "audio/wav", "video": "video/mp4"}
_FIELDS = (
    "system tools choice ceiling stop temperature top_p top_k seed presence_penalty frequency_penalty "
    "format reasoning verbosity user tier stream"
)


@dataclass(frozen=True)
class Vocabulary:
    """What a protocol can say. Everything is there until it is left out."""

    origin: ProtocolName
    fields: frozenset[str] = frozenset(_FIELDS.split())  # of a question, beside model and turns
    without: frozenset[str] = frozenset()  # of these fields, those to leave out
    cache: bool = True  # marks for the prompt cache
    citations: bool = True
    media: tuple[str, ...] = tuple(_TYPES)  # kinds that a user may send
    shown: tuple[str, ...] = ()  # kinds that may be in a tool's result
    links: bool = True
    link_types: tuple[str, ...] = tuple(_TYPES)  # kinds whose links say their media type
    names: bool = True
    details: bool = True
    is_error: bool = True  # whether the result of a tool can be marked as an error
    shown_errors: bool = True  # whether that can be one with media in it
    adjacent: bool = True  # texts directly after one another stay apart
    thinking: bool = True
    redacted: bool = True
    refusals: bool = True
    custom: bool = True  # tools that take free text
    namespaces: bool = True
    hosted: tuple[str, ...] = ("web_search", "web_fetch", "code_execution")
    stops: tuple[Stop, ...] = ("end", "length", "stop_sequence", "refusal", "filter", "pause")
    counters: tuple[str, ...] = ("cache_read", "cache_write_5m", "cache_write_1h", "reasoning")
    reasonings: tuple[Reasoning, ...] = (
        Reasoning(effort="low"),
        Reasoning(budget=2048, shown=True),
        Reasoning(adaptive=True, effort="high"),
    )
    tiers: tuple[str, ...] = ("auto",)

    def says(self, name: str) -> bool:
        """Whether a question has this field."""
        return name in self.fields and name not in self.without


words = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
"""Text that no provider takes for empty."""

names = st.text("abcdefghij", min_size=1, max_size=8)
ids = st.integers(0, 999_999).map(lambda number: f"call_{number:06}")
_values = st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6)
arguments = st.dictionaries(names, _values, max_size=3).map(lambda value: msgspec.json.encode(value).decode())


def caches(known: Vocabulary) -> SearchStrategy[Cache]:
    """A mark for the prompt cache, or none."""
    marks: list[Cache] = ["", "5m", "1h"]
    return st.sampled_from(marks if known.cache else [""])


def texts(known: Vocabulary) -> SearchStrategy[Text]:
    """A text of a question."""
    return st.builds(Text, text=words, cache=caches(known), citations=st.just([]))


@st.composite
def cited_texts(draw: st.DrawFn, known: Vocabulary) -> Text:
    """A text of an answer, with links to its sources where the protocol has them."""
    link = st.builds(Citation, url=st.just("https://example.com/a"), title=words, quote=words)
    sources = draw(st.lists(link, max_size=2)) if known.citations else []
    return Text(draw(words), citations=sources)


@st.composite
def media(draw: st.DrawFn, known: Vocabulary, kinds: tuple[str, ...]) -> Media:
    """A medium of one of these kinds, inline or by link."""
    kind: Any = draw(st.sampled_from(kinds))
    linked = known.links and draw(st.booleans())
    return Media(
        kind=kind,
        media_type=_TYPES[kind] if kind in known.link_types or not linked else "",
        url=f"https://example.com/{draw(names)}" if linked else "",
        data="" if linked else base64.b64encode(draw(st.binary(min_size=1, max_size=9))).decode(),
        name=draw(st.just("") | names) if known.names and kind == "document" else "",
        detail=draw(st.sampled_from(["", "low", "high"])) if known.details and kind == "image" else "",
        cache=draw(caches(known)),
    )


@st.composite
def thoughts(draw: st.DrawFn, known: Vocabulary) -> Thinking:
    """Sealed reasoning."""
    seal = Seal(known.origin, base64.b64encode(draw(st.binary(min_size=6, max_size=12))).decode())
    if known.redacted and draw(st.booleans()):
        return Thinking(seal=seal, redacted=True)
    return Thinking(text=draw(st.just("") | words), seal=seal)


@st.composite
def calls(draw: st.DrawFn, known: Vocabulary, taken: set[str]) -> list[ToolUse]:
    """Calls of tools made at once, none with an id that is taken."""
    found = []
    for id_ in draw(st.lists(ids.filter(lambda id_: id_ not in taken), max_size=2, unique=True)):
        if known.custom and draw(st.booleans()):
            found.append(ToolUse(id_, "patch", draw(words), custom=True))
        else:
            found.append(ToolUse(id_, draw(names), draw(arguments), cache=draw(caches(known))))
    return found


@st.composite
def results(draw: st.DrawFn, known: Vocabulary, made: list[ToolUse]) -> list[Part]:
    """What these calls gave back, in their order."""
    inner = texts(known)
    content: SearchStrategy[Any] = inner | media(known, known.shown) if known.shown else inner
    found: list[Part] = []
    for call in made:
        is_error = known.is_error and draw(st.booleans())
        kind = inner if is_error and not known.shown_errors else content
        parts = draw(st.lists(kind, min_size=1, max_size=2 if known.adjacent else 1))
        found.append(ToolResult(call.id, call.name, parts, is_error=is_error, cache=draw(caches(known))))
    return found


@st.composite
def turns(draw: st.DrawFn, known: Vocabulary, thinks: bool) -> list[Turn]:
    """A conversation that the user begins and ends. With `thinks`, every turn of the assistant begins with
    sealed reasoning.
    """
    found: list[Turn] = []
    pending: list[ToolUse] = []
    taken: set[str] = set()
    for _ in range(draw(st.integers(0, 2))):
        found.append(Turn("user", draw(_said(known, pending))))
        pending = draw(calls(known, taken))
        taken.update(call.id for call in pending)
        before: list[Part] = [draw(thoughts(known))] if thinks else []
        said: list[Part] = [draw(texts(known))] if not pending or draw(st.booleans()) else []
        found.append(Turn("assistant", [*before, *said, *pending]))
    return [*found, Turn("user", draw(_said(known, pending)))]


@st.composite
def _said(draw: st.DrawFn, known: Vocabulary, pending: list[ToolUse]) -> list[Part]:
    given: list[Part] = draw(results(known, pending))
    answered = bool(given) and draw(st.booleans())
    if answered:
        return given
    given.append(draw(texts(known)))
    shows = bool(known.media) and draw(st.booleans())
    if shows:
        given.append(draw(media(known, known.media)))
        given.append(draw(texts(known)))
    return given


@st.composite
def tools(draw: st.DrawFn, known: Vocabulary) -> list[Tool]:
    """Tools of every kind, no two of one name."""
    found = []
    for name in draw(st.lists(names, max_size=2, unique=True)):
        strict = draw(st.sampled_from([None, True]))
        found.append(Tool(name, draw(words), SCHEMA, strict=strict, cache=draw(caches(known))))
    if known.custom and draw(st.booleans()):
        found.append(Tool("patch", draw(words), custom=True))
    if known.namespaces and draw(st.booleans()):
        found.append(Tool("send", draw(words), SCHEMA, namespace="mail"))
    hosts = bool(known.hosted) and draw(st.booleans())
    if hosts:
        hosted: Any = draw(st.sampled_from(known.hosted))
        found.append(Tool(hosted, hosted=hosted))
    return found


@st.composite
def choices(draw: st.DrawFn, offered: list[Tool], forced: bool) -> ToolChoice | None:
    """Which of the offered tools may be called; with `forced`, also that one must be."""
    callable_ = [tool.flat_name for tool in offered if not tool.hosted]
    modes: list[Any] = ["auto", "none", *(["required", "named"] if forced and callable_ else [])]
    mode = draw(st.sampled_from(modes))
    parallel = draw(st.sampled_from([None, False])) if mode != "none" else None
    return ToolChoice(
        mode, name=draw(st.sampled_from(callable_)) if mode == "named" else "", parallel=parallel
    )


@st.composite
def questions(draw: st.DrawFn, known: Vocabulary) -> Question:
    """A question that a provider would accept."""
    reasoning = draw(st.none() | st.sampled_from(known.reasonings)) if known.says("reasoning") else None
    thinks = known.thinking and reasoning is not None
    conversation = draw(turns(known, thinks))
    offered = draw(tools(known)) if known.says("tools") else []
    offered = offered or [Tool(name, schema=SCHEMA) for name in _called(conversation)]
    choice = draw(choices(offered, forced=not thinks)) if offered and known.says("choice") else None
    plain: dict[str, SearchStrategy[Any]] = {
        "system": st.lists(texts(known), max_size=2 if known.adjacent else 1),
        "ceiling": st.integers(4096, 9999),
        "stop": st.lists(words, max_size=2, unique=True),
        "seed": st.none() | st.integers(0, 99),
        "presence_penalty": st.none() | st.just(0.5),
        "frequency_penalty": st.none() | st.just(0.25),
        "format": st.none() | st.just(AnswerFormat(schema=SCHEMA)),
        "verbosity": st.sampled_from(["", "low"]),
        "user": st.just("") | names,
        "tier": st.sampled_from(["", *known.tiers]),
        "stream": st.booleans(),
    }
    if not thinks:
        plain["temperature"] = st.none() | st.just(0.5)
        plain["top_p"] = st.none() | st.just(0.75)
        plain["top_k"] = st.none() | st.just(40)
    said = {name: draw(values) for name, values in plain.items() if known.says(name)}
    return Question("m", conversation, tools=offered, choice=choice, reasoning=reasoning, **said)


def _called(conversation: list[Turn]) -> list[str]:
    """Names of the tools that were called: a provider wants to know tools where there are calls."""
    made = [part for turn in conversation for part in turn.parts if isinstance(part, ToolUse)]
    return list(dict.fromkeys(part.name for part in made))


@st.composite
def usages(draw: st.DrawFn, known: Vocabulary) -> TokenUsage:
    """Counters of an answer, those that the protocol reports."""
    output = draw(st.integers(1, 999))
    counted = {name: draw(st.integers(0, 99)) for name in known.counters if name != "reasoning"}
    reasoning = draw(st.integers(0, output)) if "reasoning" in known.counters else 0
    return TokenUsage(input=draw(st.integers(1, 999)), output=output, reasoning=reasoning, **counted)


@st.composite
def answers(draw: st.DrawFn, known: Vocabulary) -> Answer:
    """A whole answer."""
    parts: list[Part] = [draw(thoughts(known))] if known.thinking and draw(st.booleans()) else []
    parts += draw(st.lists(cited_texts(known), max_size=2 if known.adjacent else 1))
    made = draw(calls(known, set()))
    parts += [msgspec.structs.replace(call, cache="") for call in made]
    if known.refusals and not made and draw(st.booleans()):
        return Answer([*parts, Refusal(draw(words))], "refusal", draw(usages(known)))
    if not parts:
        parts = [draw(cited_texts(known))]
    stop: Stop = "tool_use" if made else draw(st.sampled_from(known.stops))
    sequence = draw(words) if stop == "stop_sequence" else ""
    return Answer(parts, stop, draw(usages(known)), sequence)


@st.composite
def streams(draw: st.DrawFn, answer: Answer) -> list[Event]:
    """The events of an answer, its texts in any pieces."""
    events: list[Event] = [Begun(draw(st.sampled_from([None, answer.usage])))]
    for index, part in enumerate(answer.parts):
        events += [*draw(_grown(index, part)), Closed(index)]
    return [*events, Ended(answer.stop, answer.usage, answer.stop_sequence)]


@st.composite
def _grown(draw: st.DrawFn, index: int, part: Part) -> list[Event]:
    whole = "arguments" if isinstance(part, ToolUse) else "text"
    if not hasattr(part, whole):
        return [Opened(index, part)]
    later: list[Event] = [Added(index, piece) for piece in draw(pieces(getattr(part, whole)))]
    empty: dict[str, Any] = {whole: ""}
    if isinstance(part, Text):
        empty["citations"] = []
        later += [Cited(index, citation) for citation in part.citations]
    if isinstance(part, Thinking) and not part.redacted and part.seal is not None:
        empty["seal"] = None
        later.append(Sealed(index, part.seal))
    return [Opened(index, msgspec.structs.replace(part, **empty)), *later]


@st.composite
def pieces(draw: st.DrawFn, whole: Any) -> list[Any]:
    """A text or bytes cut anywhere; none of the pieces is empty."""
    cuts = sorted(draw(st.sets(st.integers(1, max(len(whole) - 1, 1)), max_size=3)))
    found = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    return [piece for piece in found if piece]


def fold(events: list[Event]) -> Answer:
    """The answer that these events tell. AssertionError where a provider may not send them so."""
    assert isinstance(events[0], Begun), "a stream begins with Begun"
    last = events[-1]
    assert isinstance(last, Ended), "a stream ends with Ended"
    parts: dict[int, Part] = {}
    open_: set[int] = set()
    for event in events[1:-1]:
        assert not isinstance(event, Begun | Ended), "a stream begins and ends once"
        if isinstance(event, Opened):
            assert event.index not in parts, "an index is used once"
            parts[event.index] = msgspec.structs.replace(event.part)
            open_.add(event.index)
            continue
        assert event.index in open_, "only an open part grows or closes"
        if isinstance(event, Closed):
            open_.discard(event.index)
        else:
            parts[event.index] = _grow(parts[event.index], event)
    assert not open_, "every part is closed"
    return Answer(list(parts.values()), last.stop, last.usage, last.stop_sequence)


def _grow(part: Part, event: Added | Sealed | Cited) -> Part:
    replace = msgspec.structs.replace
    if isinstance(event, Sealed):
        assert isinstance(part, Thinking), "only reasoning is sealed"
        return replace(part, seal=event.seal)
    if isinstance(event, Cited):
        assert isinstance(part, Text), "only text has sources"
        return replace(part, citations=[*part.citations, event.citation])
    if isinstance(part, ToolUse):
        return replace(part, arguments=part.arguments + event.text)
    assert isinstance(part, Text | Thinking | Refusal), "only text grows"
    return replace(part, text=part.text + event.text)
