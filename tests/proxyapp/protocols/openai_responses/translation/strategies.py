"""What a Responses request and answer can say, in canonical form."""

from hypothesis import strategies as st

from proxyapp.protocols.canonical import (
    Answer,
    AnswerFormat,
    Citation,
    Media,
    Part,
    Question,
    Reasoning,
    Refusal,
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
from proxyapp.usage import TokenUsage

words = st.text(min_size=1, max_size=6)
names = st.text("abXY09_-", min_size=1, max_size=6)
ids = names.map(lambda name: f"call_{name}")
links = names.map(lambda name: f"https://h.org/{name}")
base64s = st.sampled_from(["aGk=", "AAAA", "/+8="])
arguments = st.sampled_from(["{}", '{"a":1}', '{"path": "\\u4f60 \\"x\\""}'])
counters = st.integers(0, 1000)

citations = st.builds(Citation, url=links, title=words, start=counters, end=counters)
texts = st.builds(Text, text=words)
cited = st.builds(Text, text=words, citations=st.lists(citations, max_size=2))
refusals = st.builds(Refusal, text=words)
images = st.one_of(
    st.builds(
        Media,
        kind=st.just("image"),
        media_type=st.sampled_from(["image/png", "image/jpeg"]),
        data=base64s,
        detail=st.sampled_from(["", "low", "high"]),
    ),
    st.builds(Media, kind=st.just("image"), url=links, detail=st.sampled_from(["", "auto"])),
)
documents = st.one_of(
    st.builds(
        Media, kind=st.just("document"), media_type=st.just("application/pdf"), data=base64s, name=names
    ),
    st.builds(Media, kind=st.just("document"), url=links, name=st.one_of(st.just(""), names)),
)
sounds = st.builds(Media, kind=st.just("audio"), media_type=st.just("audio/wav"), data=base64s)
seals = st.builds(Seal, origin=st.just("openai_responses"), value=base64s)
thoughts = st.builds(Thinking, text=st.one_of(st.just(""), words), seal=seals)
calls = st.builds(ToolUse, id=ids, name=names, arguments=arguments)
custom_calls = st.builds(ToolUse, id=ids, name=names, arguments=words, custom=st.just(True))
assistants = st.one_of(cited, refusals, thoughts, calls, custom_calls)

schemas = st.sampled_from(
    [
        {"type": "object", "properties": {}},
        {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "required": ["a"],
            "additionalProperties": False,
        },
    ]
)
functions = st.builds(
    Tool, name=names, description=st.one_of(st.just(""), words), schema=schemas, strict=st.just(False)
)
customs = st.builds(
    Tool,
    name=names,
    description=words,
    custom=st.just(True),
    format=st.sampled_from([{}, {"type": "grammar", "syntax": "regex", "definition": "a+"}]),
)
hosted = st.sampled_from(
    [
        Tool(name="web_search", hosted="web_search", options={"allowed_domains": ["h.org"]}),
        Tool(name="code_execution", hosted="code_execution"),
    ]
)


@st.composite
def _turns(draw: st.DrawFn) -> list[Turn]:
    """Alternating turns; every call is followed by its result."""
    turns: list[Turn] = []
    seen: set[str] = set()
    for _ in range(draw(st.integers(1, 3))):
        results: list[Part] = []
        if turns:
            said = draw(
                st.lists(st.one_of(cited, refusals, thoughts, calls, custom_calls), min_size=1, max_size=4)
            )
            parts = [part for part in said if not isinstance(part, ToolUse) or part.id not in seen]
            fresh = {part.id: part for part in parts if isinstance(part, ToolUse)}
            parts = [part for part in parts if not isinstance(part, ToolUse) or fresh[part.id] is part]
            seen |= set(fresh)
            turns.append(Turn(role="assistant", parts=[*parts] or [Text(text="a")]))
            for call in fresh.values():
                given = draw(st.lists(st.one_of(texts, images, documents), max_size=2))
                results.append(ToolResult(id=call.id, name=call.name, content=given))
        asked = draw(st.lists(st.one_of(texts, images, documents, sounds), min_size=1, max_size=3))
        turns.append(Turn(role="user", parts=[*results, *asked]))
    return turns


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A question that a Responses request can say, all of it."""
    tools = draw(
        st.lists(st.one_of(functions, customs, hosted), max_size=3, unique_by=lambda tool: tool.name)
    )
    question = Question(
        model="some-model",
        turns=draw(_turns()),
        system=draw(st.lists(texts, max_size=2)),
        tools=tools,
        ceiling=draw(st.integers(16, 10_000)),
        temperature=draw(st.one_of(st.none(), st.sampled_from([0, 0.5, 1, 2.0]))),
        top_p=draw(st.one_of(st.none(), st.sampled_from([0.1, 1]))),
        format=draw(st.one_of(st.none(), formats)),
        reasoning=draw(st.one_of(st.none(), reasonings)),
        verbosity=draw(st.sampled_from(["", "low", "medium", "high"])),
        user=draw(st.one_of(st.just(""), names)),
        tier=draw(st.sampled_from(["", "auto", "default", "flex", "priority"])),
        stream=draw(st.booleans()),
    )
    if tools:
        question.choice = draw(st.one_of(st.none(), _choices(tools)))
    return question


formats = st.builds(
    AnswerFormat,
    schema=schemas,
    name=names,
    description=st.one_of(st.just(""), words),
    strict=st.sampled_from([None, False]),
)
reasonings = st.builds(
    Reasoning,
    effort=st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
    shown=st.sampled_from([None, True]),
)


def _choices(tools: list[Tool]) -> st.SearchStrategy[ToolChoice]:
    parallel = st.sampled_from([None, True, False])
    named = [tool.name for tool in tools if not tool.hosted]
    choices = [
        st.builds(ToolChoice, mode=st.sampled_from(["auto", "none", "required"]), parallel=parallel),
        st.builds(
            ToolChoice,
            mode=st.sampled_from(["auto", "required"]),
            allowed=st.just([tools[0].name]),
            parallel=parallel,
        ),
    ]
    if named:
        choices.append(
            st.builds(ToolChoice, mode=st.just("named"), name=st.sampled_from(named), parallel=parallel)
        )
    return st.one_of(choices)


usages = st.builds(
    TokenUsage,
    input=counters,
    cache_read=counters,
    cache_write_5m=counters,
    cache_write_1h=counters,
    output=st.integers(1000, 2000),
    reasoning=counters,
)
made = st.builds(Media, kind=st.just("image"), media_type=st.just("image/png"), data=base64s)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer that a response can say, all of it; of its calls each has an id of its own."""
    parts = draw(st.lists(st.one_of(assistants, made), max_size=5))
    for place, part in enumerate(parts):
        if isinstance(part, ToolUse):
            part.id = f"{part.id}_{place}"
    cut: Stop = draw(st.sampled_from(["end", "length", "filter"]))
    return Answer(parts=[*parts], stop=_stop_of([*parts]) if cut == "end" else cut, usage=draw(usages))


def _stop_of(parts: list[Part]) -> Stop:
    if any(isinstance(part, ToolUse) for part in parts):
        return "tool_use"
    return "refusal" if any(isinstance(part, Refusal) for part in parts) else "end"
