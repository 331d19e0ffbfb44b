"""Questions and answers in the vocabulary that chat can say."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Effort,
    Media,
    Part,
    Question,
    Reasoning,
    Refusal,
    Seal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from proxyapp.usage import TokenUsage

TEXT = st.text('ab é世"\\\n\x00', min_size=1, max_size=9)
NAME = st.sampled_from(["f", "get_weather", "Read-File_2", "x" * 64])
BASE64 = st.sampled_from(["AAAA", "aGVsbG8=", "/+8="])
SCHEMA = st.builds(
    lambda names: {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "additionalProperties": False,
    },
    st.lists(NAME, unique=True, max_size=3),
)
ARGUMENTS = st.sampled_from(["{}", '{"city":"Paris"}', '{"a": [1, 2]}'])
DETAILS = st.sampled_from(["", '[{"type":"reasoning.encrypted","data":"x","index":0}]'])


@cache
def texts(marked: bool) -> st.SearchStrategy[Text]:
    return st.builds(Text, TEXT, cache=caches(marked))


@cache
def caches(marked: bool) -> st.SearchStrategy[Any]:
    return st.sampled_from(["", "5m", "1h"]) if marked else st.just("")


@cache
def media(marked: bool) -> st.SearchStrategy[Media]:
    mark = caches(marked)
    detail = st.sampled_from(["", "low", "high"])
    link = st.just("https://example.org/some.thing")
    return st.one_of(
        st.builds(Media, st.just("image"), st.just("image/png"), BASE64, detail=detail, cache=mark),
        st.builds(Media, st.sampled_from(["image", "video"]), url=link, detail=detail, cache=mark),
        st.builds(Media, st.just("video"), st.just("video/mp4"), BASE64, cache=mark),
        st.builds(Media, st.just("audio"), st.sampled_from(["audio/wav", "audio/mpeg"]), BASE64, cache=mark),
        st.builds(Media, st.sampled_from(["audio", "document"]), url=link, cache=mark),
        st.builds(
            Media, st.just("document"), st.just("application/pdf"), BASE64, name=st.just("a.pdf"), cache=mark
        ),
    )


@cache
def thinkings() -> st.SearchStrategy[Thinking]:
    return st.builds(Thinking, TEXT, seal=st.builds(Seal, st.just("openai_chat"), DETAILS))


@st.composite
def turns(draw: st.DrawFn, marked: bool) -> list[Turn]:
    """User and assistant by turns; every call is answered at once."""
    said: list[Turn] = []
    pending: list[ToolUse] = []
    for number in range(draw(st.integers(1, 4))):
        results: list[Part] = [
            ToolResult(use.id, use.name, [*draw(st.lists(texts(marked), min_size=1, max_size=2))])
            for use in pending
        ]
        said.append(Turn("user", [*results, *draw(st.lists(texts(marked) | media(marked), min_size=1))]))
        count = draw(st.integers(0, 2))
        pending = [_use(draw, f"call_{number}_{at}", marked) for at in range(count)]
        parts: list[Part] = [*draw(st.lists(thinkings(), max_size=1)), draw(texts(marked))]
        said.append(Turn("assistant", [*parts, *pending]))
    return said[: draw(st.integers(1, len(said)))]


def _use(draw: st.DrawFn, call_id: str, marked: bool) -> ToolUse:
    custom = draw(st.booleans()) and not marked  # one model has custom tools, the other caches by mark
    return ToolUse(call_id, draw(NAME), draw(TEXT if custom else ARGUMENTS), custom=custom)


@cache
def functions(marked: bool) -> st.SearchStrategy[Tool]:
    strict = st.sampled_from([None, True, False])
    return st.builds(Tool, NAME, description=TEXT, schema=SCHEMA, strict=strict, cache=caches(marked))


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /a/"}
CUSTOM = st.builds(Tool, NAME, description=TEXT, custom=st.just(True), format=st.sampled_from([{}, GRAMMAR]))


@st.composite
def _offers(draw: st.DrawFn, marked: bool) -> dict[str, Any]:
    offered = functions(marked) if marked else functions(marked) | CUSTOM
    tools = draw(st.lists(offered, max_size=3, unique_by=lambda tool: tool.name))
    if not tools:
        return {"tools": []}
    parallel = draw(st.sampled_from([None, True, False]))
    named = ToolChoice("named", tools[0].name, parallel=parallel)
    plain = [ToolChoice(mode, parallel=parallel) for mode in ("auto", "none", "required")]
    narrowed = [] if marked else [ToolChoice("auto", allowed=[tools[-1].name], parallel=parallel)]
    return {"tools": tools, "choice": draw(st.sampled_from([None, named, *plain, *narrowed]))}


FORMAT = st.sampled_from(
    [
        None,
        AnswerFormat(),
        AnswerFormat(schema={"type": "object"}, name="x", description="y"),
        AnswerFormat(schema={"type": "object", "additionalProperties": False}, name="x", strict=True),
    ]
)
EFFORTS: list[Effort] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]


@st.composite
def newest(draw: st.DrawFn) -> Question:
    """What OpenAI's newest models can be asked."""
    efforts = st.sampled_from([None, *(Reasoning(effort=effort) for effort in EFFORTS)])
    return Question(
        model="gpt-5.6",
        turns=draw(turns(marked=False)),
        system=draw(st.lists(texts(marked=False), max_size=2)),
        **draw(_offers(marked=False)),
        ceiling=draw(st.integers(16, 9_000)),
        seed=draw(st.none() | st.integers(-(1 << 63), (1 << 63) - 1)),
        format=draw(FORMAT),
        reasoning=draw(efforts),
        verbosity=draw(st.sampled_from(["", "low", "medium", "high"])),
        user=draw(st.sampled_from(["", "someone", "{" * 64])),
        tier=draw(st.sampled_from(["", "auto", "default", "flex", "priority"])),
        stream=draw(st.booleans()),
    )


@st.composite
def compatible(draw: st.DrawFn) -> Question:
    """What Claude can be asked behind a compatible provider."""
    number = st.none() | st.integers(0, 1) | st.floats(0, 1)
    return Question(
        model="anthropic/claude-sonnet-4.5",
        turns=draw(turns(marked=True)),
        system=draw(st.lists(texts(marked=True), max_size=2)),
        **draw(_offers(marked=True)),
        ceiling=draw(st.integers(16, 9_000)),
        stop=draw(st.lists(TEXT, max_size=4)),
        temperature=draw(number),
        top_p=draw(number),
        presence_penalty=draw(number),
        frequency_penalty=draw(number),
        format=draw(FORMAT),
        stream=draw(st.booleans()),
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """What a chat answer can say: thinking, a text or a refusal, an image, calls, in this order."""
    parts: list[Part] = [*draw(st.lists(thinkings(), max_size=1))]
    refused = draw(st.booleans())
    if refused:
        parts.append(Refusal(draw(TEXT)))
    elif draw(st.booleans()):
        text = draw(TEXT)
        source = Citation(url="https://example.org", title="A title", start=0, end=len(text))
        parts.append(Text(text, citations=draw(st.sampled_from([[], [source]]))))
    if draw(st.booleans()):
        parts.append(Media("image", media_type="image/png", data=draw(BASE64)))
    calls = [] if refused else [_use(draw, f"call_{at}", False) for at in range(draw(st.integers(0, 3)))]
    stops = ["refusal"] if refused else ["tool_use"] if calls else ["end", "length", "filter"]
    return Answer([*parts, *calls], draw(st.sampled_from(stops)), draw(st.none() | usages()))


@st.composite
def usages(draw: st.DrawFn) -> TokenUsage:
    counter = st.integers(0, 1_000_000)
    output = draw(counter)
    return TokenUsage(
        input=draw(counter),
        cache_read=draw(counter),
        cache_write_5m=draw(counter),
        output=output,
        reasoning=draw(st.integers(0, output)),
    )
