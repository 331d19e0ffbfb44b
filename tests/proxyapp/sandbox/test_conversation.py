"""What the sandbox says, in every protocol alike."""

import pytest

from .conftest import Talker
from .wires import Talk, Wire
from .wires.base import ARGUMENTS

STREAMS = pytest.mark.parametrize("stream", [False, True])
TOOLBOX = tuple(f"tool{n}" for n in range(1, 6))


@STREAMS
async def test_it_works(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(text=" Grüß\n dich ", stream=stream))
    assert said.text.startswith('You said: "Grüß dich". This is Tollgate\'s sandbox speaking')


@STREAMS
async def test_the_first_tool_is_called(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(tools=("weather", "clock"), stream=stream))
    assert (said.call, said.arguments, said.text) == ("weather", ARGUMENTS, "")


@STREAMS
async def test_the_forced_tool_is_called(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(tools=("weather", "clock"), choice="clock", stream=stream))
    assert said.call == "clock"


@STREAMS
async def test_the_call_that_was_ordered(talker: Talker, wire: Wire, stream: bool) -> None:
    order = 'Please call clock {"zone": "UTC"} and nothing else'
    said = await talker.say(wire, "m", Talk(text=order, tools=("weather", "clock"), stream=stream))
    assert (said.call, said.arguments) == ("clock", {"zone": "UTC"})


async def test_an_order_for_what_is_not_offered(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk(text="call clock {}", tools=("weather",)))
    assert said.call == "weather"


@pytest.mark.parametrize("arguments", [r"{\"zone\"}", "{zone}", "`UTC`"])
async def test_an_order_that_cannot_be_read(talker: Talker, wire: Wire, arguments: str) -> None:
    said = await talker.say(wire, "m", Talk(text=f"call clock {arguments}", tools=("weather", "clock")))
    assert (said.call, said.arguments) == ("weather", ARGUMENTS)


@STREAMS
async def test_an_agents_toolbox_is_left_alone(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(tools=TOOLBOX, stream=stream))
    assert (said.call, said.text[:8]) == ("", "You said")


async def test_an_order_from_an_agents_toolbox(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk(text='call tool4 {"zone": "UTC"}', tools=TOOLBOX))
    assert (said.call, said.arguments) == ("tool4", {"zone": "UTC"})


async def test_a_forced_tool_of_an_agents_toolbox(talker: Talker, wire: Wire) -> None:
    assert (await talker.say(wire, "m", Talk(tools=TOOLBOX, choice="tool3"))).call == "tool3"


async def test_no_call_where_the_choice_is_none(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk(tools=("weather",), choice="none"))
    assert (said.call, said.text[:8]) == ("", "You said")


@STREAMS
async def test_a_tool_result_is_quoted(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(tools=("weather",), result="sunny", stream=stream))
    assert said.call == ""
    assert said.text.startswith('The tool answered: "sunny".')


async def test_text_forces_text(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~text", Talk(tools=("weather",)))
    assert (said.call, said.text[:8]) == ("", "You said")


async def test_tool_forces_a_call(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m~tool", Talk(tools=("weather",), result="sunny"))
    assert said.call == "weather"


@STREAMS
async def test_thinking_is_shown_when_it_is_asked_for(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(text="hi", thinking=True, stream=stream))
    assert said.thinking == 'The user wrote: "hi". A short and friendly answer will do.'


async def test_no_thinking_unless_asked_for(talker: Talker, wire: Wire) -> None:
    said = await talker.say(wire, "m", Talk())
    assert said.thinking == ""


@STREAMS
async def test_a_call_that_does_not_fit_is_left_out(talker: Talker, wire: Wire, stream: bool) -> None:
    said = await talker.say(wire, "m", Talk(tools=("weather",), limit=2, stream=stream))
    assert (said.call, said.text, said.short) == ("", "", True)


async def test_the_model_is_named_as_asked(talker: Talker, wire: Wire) -> None:
    answer = (await talker.post(wire, "any-model~text", Talk())).json()
    assert answer.get("model", answer.get("modelVersion")) == "any-model~text"
