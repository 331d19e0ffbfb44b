"""A silent response is filled with events that mean nothing, so that nobody takes it for dead."""

from collections.abc import Iterator

import pytest

from portal.keys.services import Issued
from tests.support import worker
from tests.support.offers import offer
from tests.support.socket import connected
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def impatient(stack: Stack) -> Iterator[Stack]:
    with worker.running(stack, TOLLGATE_FILLER_SECONDS=0.2) as started:
        yield started.stack


def test_it_works(impatient: Stack, issued: Issued) -> None:
    """Before the first output, where it tells the trace as well."""
    with connected(impatient, issued.secret) as socket:
        socket.say(offer("openai_responses", script="~delay-1500"))
        kinds = [event["type"] for event in socket.until()]
    assert kinds[:2] == ["gateway.headers", "keepalive"]
    assert kinds[-1] == "response.completed"


def test_between_two_events(impatient: Stack, issued: Issued) -> None:
    with connected(impatient, issued.secret) as socket:
        socket.say(offer("openai_responses", script="~output-20~chunks-2~pace-1500"))
        kinds = [event["type"] for event in socket.until()]
    assert "keepalive" in kinds[kinds.index("response.output_text.delta") :]


def test_a_failure_that_comes_late(impatient: Stack, issued: Issued) -> None:
    with connected(impatient, issued.secret) as socket:
        socket.say(offer("openai_responses", script="~delay-1500~status-500"))
        end = socket.until()[-1]
    assert end["type"] == "response.failed"
    assert end["response"]["id"] == f"resp_{end['response']['error']['trace_id']}"
