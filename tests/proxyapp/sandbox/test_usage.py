"""The usage that answers report is the documented pure function of the request."""

import pytest

from proxyapp.sandbox.tokens import Counts, count_input, predict

from .conftest import Talker
from .wires import WIRES, Talk, Wire

TALKS = {
    "plain": Talk(),
    "stream": Talk(stream=True),
    "thinking": Talk(thinking=True),
    "thinking_stream": Talk(thinking=True, stream=True),
    "tool": Talk(tools=("weather", "clock")),
    "tool_stream": Talk(tools=("weather",), stream=True),
    "result": Talk(tools=("weather",), result="sonnig, 21 °C"),
    "short": Talk(limit=5),
    "short_stream": Talk(limit=5, stream=True),
    "short_thinking": Talk(limit=3, thinking=True),
    "short_tool": Talk(limit=3, tools=("weather",), stream=True),
}
SCRIPTS = ("m", "m~cached-3", "m~output-50", "m~thinking-20~output-7", "m~usage-1000.77~cached-30", "m~empty")


async def test_it_works(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk())
    assert said.counts == predict(wire.name, wire.encoded("m", Talk()), "m")


@pytest.mark.parametrize("kind", TALKS)
@pytest.mark.parametrize("model", SCRIPTS)
async def test_usage_equals_the_prediction(talker: Talker, wire: Wire, kind: str, model: str) -> None:
    talk = TALKS[kind]
    said = await talker.say(wire, model, talk)
    assert said.counts == predict(wire.name, wire.encoded(model, talk), model)


@pytest.mark.parametrize("kind", TALKS)
def test_equivalent_requests_cost_the_same_in_every_protocol(kind: str) -> None:
    bills = {predict(wire.name, wire.encoded("m", TALKS[kind]), "m~cached-2") for wire in WIRES.values()}
    assert len(bills) == 1


def test_the_function_is_as_documented() -> None:
    body = (
        b'{"model":"m","max_tokens":10,"system":"12345",'
        b'"tools":[{"name":"abc","description":"defgh","input_schema":{}}],'
        b'"messages":[{"role":"user","content":[{"type":"text","text":"\xc3\xa4bc"},'
        b'{"type":"image","source":{}}]},'
        b'{"role":"assistant","content":[{"type":"tool_use","name":"abc","input":{"a": 1}},'
        b'{"type":"thinking","thinking":"free","signature":"x"}]},'
        b'{"role":"user","content":[{"type":"tool_result","content":"xyz"}]}]}'
    )
    text, definition = 5 + 4 + (3 + len('{"a":1}')) + 3, 3 + 5 + len("{}")
    assert predict("anthropic", body, "m~output-8") == Counts(
        input=-(-text // 4) + -(-definition // 8) + 3 * 3 + 85, output=8
    )


def test_consecutive_entries_of_one_side_are_one_turn() -> None:
    one = b'{"contents":[{"role":"user","parts":[{"text":"aaaa"},{"text":"bbbb"}]}]}'
    two = b'{"contents":[{"role":"user","parts":[{"text":"aaaa"}]},{"parts":[{"text":"bbbb"}]}]}'
    assert count_input("gemini", one) == count_input("gemini", two) == 2 + 3


def test_the_header_script_counts_too(wire: Wire) -> None:
    body = wire.encoded("m", Talk())
    assert predict(wire.name, body, "m", "~output-9") == predict(wire.name, body, "m~output-9")


async def test_the_limit_caps_the_output(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~output-100", Talk(limit=7))
    assert said.short
    assert said.counts is not None
    assert (said.counts.output, len(said.text)) == (7, 28)


async def test_output_below_the_limit_is_not_short(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~output-7", Talk(limit=7))
    assert not said.short


async def test_thinking_is_spent_first(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~thinking-10~output-10", Talk(limit=12, thinking=True))
    assert said.counts is not None
    assert (said.counts.reasoning, said.counts.output, len(said.text)) == (10, 12, 8)


async def test_cached_tokens_are_within_the_input(talker: Talker, wire: Wire) -> None:
    plain = await talker.say(wire, "m", Talk())
    cached = await talker.say(wire, "m~cached-4", Talk())
    assert plain.counts is not None
    assert cached.counts is not None
    assert (cached.counts.cache_read, cached.counts.input) == (4, plain.counts.input - 4)


@pytest.mark.parametrize("stream", [False, True])
async def test_nousage_claims_nothing(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m~nousage", Talk(stream=stream))
    assert said.text
    assert said.counts is None


@pytest.mark.parametrize("stream", [False, True])
async def test_badusage_claims_nonsense(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m~badusage", Talk(stream=stream))
    assert said.counts == Counts(input=-7, output=10**15)


async def test_usage_claims_these_counters(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~usage-12.34", Talk())
    assert said.counts == Counts(input=12, output=34)
