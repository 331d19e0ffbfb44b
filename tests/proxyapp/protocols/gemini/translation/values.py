"""Canonical values that Gemini's protocol can say, for tests that try many."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Media,
    Part,
    Question,
    Reasoning,
    Seal,
    Stop,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
    Turn,
)
from proxyapp.protocols.carrying import arguments_of
from proxyapp.usage import TokenUsage

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
BASE64 = st.from_regex(r"[A-Za-z0-9+/]{4}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 50), 1 << 50) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(WORDS, VALUES, max_size=3).map(arguments_of)
OWN = BASE64.map(lambda value: Seal(origin="gemini", value=value))
FOREIGN = st.builds(
    Seal,
    origin=st.sampled_from(["anthropic", "openai_chat", "openai_responses"]),
    value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9),
)
TEXTS = WORDS.map(Text)
PICTURES = st.builds(
    lambda type, data: Media("image", media_type=type, data=data),
    st.sampled_from(["image/png", "image/webp"]),
    BASE64,
)
LINKS = st.sampled_from(
    [
        Media("image", media_type="image/jpeg", url="https://example.com/a.jpg"),
        Media("document", media_type="application/pdf", url="https://example.com/a"),
        Media("audio", media_type="audio/mpeg", url="https://example.com/b"),
    ]
)
CALLS = st.builds(ToolUse, IDS, NAMES, ARGUMENTS)


@st.composite
def cited_texts(draw: st.DrawFn) -> Text:
    """A text and its sources, of different addresses and with a place each."""
    text = draw(WORDS)
    cited = []
    for address in draw(st.lists(st.sampled_from("abc"), unique=True)):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, len(text)))
        cited.append(Citation(url=f"https://example.com/{address}", title=address, start=start, end=end))
    return Text(text, citations=cited)


def joined(parts: list[Part]) -> list[Part]:
    """Without a part that cannot be told from its neighbour: two texts, or two thoughts without a seal
    between them."""
    kept: list[Part] = []
    for part in parts:
        last = kept[-1] if kept else None
        open_thought = isinstance(last, Thinking) and last.seal is None and isinstance(part, Thinking)
        if not (isinstance(last, Text) and isinstance(part, Text)) and not open_thought:
            kept.append(part)
    return kept


def unique_calls(parts: list[Part]) -> list[Part]:
    """With calls whose ids are numbered, so that each is there once."""
    return [
        replace(part, id=f"{part.id}-{index}") if isinstance(part, ToolUse) else part
        for index, part in enumerate(parts)
    ]


def _answer_parts() -> st.SearchStrategy[list[Part]]:
    thoughts = st.builds(Thinking, WORDS, st.none() | OWN | FOREIGN)
    seals = st.builds(Thinking, seal=OWN) | st.builds(
        lambda seal: Thinking(seal=seal, redacted=True), FOREIGN
    )
    parts: st.SearchStrategy[Part] = st.one_of(thoughts, seals, cited_texts(), CALLS, PICTURES)
    return st.lists(parts, max_size=6).map(joined)


USAGES = st.builds(
    lambda input, read, said, thought: TokenUsage(
        input=input, cache_read=read, output=said + thought, reasoning=thought
    ),
    *[st.integers(0, 1_000)] * 4,
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    parts = unique_calls(draw(_answer_parts()))
    called = any(isinstance(part, ToolUse) for part in parts)
    stops: list[Stop] = ["tool_use" if called else "end", "length", "filter"]
    stop = draw(st.sampled_from(stops))
    return Answer(parts, stop, draw(st.none() | USAGES))


@st.composite
def _steps(draw: st.DrawFn, number: int) -> list[Turn]:
    """The user says something, the model calls something, and is given results."""
    said = draw(st.lists(TEXTS | PICTURES | LINKS, min_size=1, max_size=3))
    calls: list[Part] = []
    results: list[Part] = []
    for index in range(draw(st.integers(0, 2))):
        use = draw(CALLS)
        use.id = f"{number}-{index}-{use.id}"
        if draw(st.booleans()):
            calls.append(Thinking(seal=draw(OWN)))
        calls.append(use)
        content = draw(st.lists(TEXTS, max_size=1)) + draw(st.lists(PICTURES, max_size=1))
        results.append(ToolResult(use.id, use.name, content, is_error=draw(st.booleans())))
    spoken = draw(st.lists(TEXTS | st.builds(Thinking, WORDS, st.none() | OWN), max_size=2))
    model: list[Part] = [*spoken, *calls] or [Text("Yes.")]
    return [Turn("user", list(said)), Turn("assistant", model), *([Turn("user", results)] if results else [])]


@st.composite
def _conversations(draw: st.DrawFn) -> list[Turn]:
    turns: list[Turn] = []
    for number in range(draw(st.integers(0, 2))):
        for turn in draw(_steps(number)):
            if turns and turns[-1].role == turn.role:
                turns[-1].parts += turn.parts
            else:
                turns.append(turn)
    if turns and turns[-1].role == "user":
        return turns
    return [*turns, Turn("user", [Text("And now?")])]


SCHEMAS = st.sampled_from(
    [{}, {"type": "object"}, {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}]
)
FUNCTIONS = st.builds(Tool, NAMES, description=st.just("") | WORDS, schema=SCHEMAS)
HOSTED = st.sampled_from(
    [
        Tool("web_search", hosted="web_search"),
        Tool("web_fetch", hosted="web_fetch"),
        Tool("code_execution", hosted="code_execution"),
    ]
)
TOOLS = st.lists(FUNCTIONS, max_size=2) | st.lists(HOSTED, max_size=2, unique_by=lambda tool: tool.name)
CHOICES = st.sampled_from(
    [
        ToolChoice(),
        ToolChoice("none"),
        ToolChoice("required"),
        ToolChoice("required", allowed=["a", "b"]),
        ToolChoice("named", name="a"),
        ToolChoice("auto", allowed=["a"]),
    ]
)
SHOWN = st.none() | st.booleans()
LEVELS = st.builds(Reasoning, effort=st.sampled_from(["minimal", "low", "medium", "high"]), shown=SHOWN)
BUDGETS = st.one_of(
    st.builds(Reasoning, budget=st.integers(1, 24_576), shown=SHOWN),
    st.builds(Reasoning, adaptive=st.just(True), shown=SHOWN),
    st.builds(Reasoning, effort=st.just("none"), shown=SHOWN),
)
NUMBERS = st.none() | st.floats(0, 2)
FORMATS = st.none() | st.just(AnswerFormat()) | st.builds(AnswerFormat, schema=SCHEMAS)


@st.composite
def questions(draw: st.DrawFn, model: str) -> Question:
    """Questions for a model that counts tokens of thinking (2.5), or one that knows levels."""
    counts = "2.5" in model
    tools = draw(TOOLS)
    functions = any(not tool.hosted for tool in tools)
    fields: dict[str, Any] = {
        "choice": draw(st.none() | CHOICES) if functions else None,
        "format": None if counts and tools else draw(FORMATS),
        "reasoning": draw(st.none() | (BUDGETS if counts else LEVELS)),
    }
    return Question(
        model,
        draw(_conversations()),
        system=draw(st.lists(TEXTS, max_size=2)),
        tools=tools,
        ceiling=draw(st.integers(1, 10_000)),
        stop=draw(st.lists(WORDS, max_size=5)),
        temperature=draw(NUMBERS),
        top_p=draw(NUMBERS),
        top_k=draw(st.none() | st.integers(1, 100)),
        seed=draw(st.none() | st.integers(-5, 1 << 30)),
        presence_penalty=draw(NUMBERS),
        frequency_penalty=draw(NUMBERS),
        tier=draw(st.sampled_from(["", "flex", "priority", "standard"])),
        **fields,
    )
