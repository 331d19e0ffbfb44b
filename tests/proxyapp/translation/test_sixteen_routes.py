"""Every official SDK against a model that is served in every protocol: what is said arrives, what is answered
comes back, and costs exactly what the provider reported.
"""

import itertools

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.proxyapp.translation.speakers import SPEAKERS, Asked, Speaker
from tests.support import bills, cast, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack

ROUTES = list(itertools.product(SPEAKERS, wire.PROTOCOLS))
each_route = pytest.mark.parametrize(("here", "there"), ROUTES, ids=[f"{a}-{b}" for a, b in ROUTES])
either_way = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def tag() -> str:
    return wire.fresh_tag()


@pytest.fixture
def speaker(stack: Stack, issued: Issued, here: str, tag: str) -> Speaker:
    return SPEAKERS[here](stack.base_url, issued.secret, tag)


@each_route
@either_way
def test_it_works(speaker: Speaker, issued: Issued, there: str, tag: str, stream: bool) -> None:
    model = offer(there)
    said = speaker.ask(model, Asked("How are you, 世界?"), stream=stream)
    assert "How are you, 世界?" in said.text
    event = bills.assert_exact(issued.key, there, model, tag)
    assert (said.input, said.output) == (event.input, event.output)


@each_route
@either_way
def test_a_loop_of_two_turns_with_a_tool(speaker: Speaker, there: str, tag: str, stream: bool) -> None:
    model, asked = offer(there), Asked("What is the weather?", tool=True)
    called = speaker.ask(model, asked, stream=stream)
    assert called.calls == [("weather", {"city": "Paris"})]
    said = speaker.go_on(model, asked, called, "Sunny, 21 degrees", stream=stream)
    assert "Sunny, 21 degrees" in said.text


@each_route
@either_way
def test_thinking(speaker: Speaker, there: str, stream: bool) -> None:
    said = speaker.ask(offer(there), Asked("Think about it", thinking=True), stream=stream)
    assert "Think about it" in said.text
    assert said.thinking


@each_route
@either_way
def test_thinking_in_a_loop_with_a_tool(speaker: Speaker, there: str, tag: str, stream: bool) -> None:
    """What was signed in the first turn comes back to its provider in the second."""
    model, asked = offer(there), Asked("The weather?", tool=True, thinking=True)
    called = speaker.ask(model, asked, stream=stream)
    assert called.calls == [("weather", {"city": "Paris"})]
    assert "Rain" in speaker.go_on(model, asked, called, "Rain", stream=stream).text


@each_route
def test_an_image(speaker: Speaker, issued: Issued, there: str, tag: str) -> None:
    model = offer(there)
    speaker.ask(model, Asked("What is this?", image=True), stream=False)
    event = bills.assert_exact(issued.key, there, model, tag)
    assert event.input > 85  # the sandbox counts 85 tokens for an image


@each_route
@either_way
def test_an_answer_of_a_schema(speaker: Speaker, there: str, stream: bool) -> None:
    said = speaker.ask(offer(there), Asked("Where?", schema=True), stream=stream)
    assert said.text.replace(" ", "") == '{"city":"Paris"}'


@each_route
def test_what_was_done_is_said(stack: Stack, issued: Issued, here: str, there: str) -> None:
    answer = wire.post(stack, issued.secret, here, offer(there))
    converted = answer.headers.get("x-gateway-converted", "")
    assert converted == ("" if here == there else f"{here} -> {there}")


@each_route
def test_nothing_of_the_clients_protocol_travels(
    stack: Stack, issued: Issued, here: str, there: str, tag: str
) -> None:
    wire.post(stack, issued.secret, here, offer(there), tag=tag)
    names = {name.lower() for name, _ in sandbox.last(tag).headers}
    assert ("anthropic-version" in names) == (there == "anthropic")
    assert ("x-goog-api-key" in names) == (there == "gemini")
