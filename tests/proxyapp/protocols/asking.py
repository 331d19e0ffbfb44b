"""Short ways to ask a codec something."""

from typing import Any

import msgspec
import pytest

from proxyapp.errors import InvalidRequest, Problem
from proxyapp.protocols.base import Call, Codec, Reading
from proxyapp.protocols.sse import write_event

TRACE = "0190163d8694739b839e62d0e8a1b2c3"
PROBLEM = Problem(
    status=429,
    code="rate_limited",
    message="Too many requests.",
    hint="Wait a little.",
    retry_after=12,
    details={"limit": "rpm", "most": 60},
)


def ask(codec: Codec, body: dict[str, Any], *, verb: str | None = None, query: str = "") -> Call:
    """The call in a body; Gemini's model comes by the path."""
    model = "gemini-3.1-pro-preview" if verb else None
    return codec.read(msgspec.json.encode(body), model, verb, query)


def refused(codec: Codec, body: dict[str, Any], *, verb: str | None = None) -> str:
    """The field named in the refusal of a body."""
    with pytest.raises(InvalidRequest) as caught:
        ask(codec, body, verb=verb)
    return str(caught.value.problem.details.get("param"))


def watch_events(codec: Codec, call: Call, events: list[Any]) -> Reading:
    """A reading that has seen these events and the end, one by one."""
    reading = codec.watch(call)
    for event in events:
        reading.feed(write_event(event))
    reading.end()
    return reading


def watch_document(codec: Codec, call: Call, document: Any) -> Reading:
    """A reading that has seen this document."""
    reading = codec.watch(call)
    reading.feed(document if isinstance(document, bytes) else msgspec.json.encode(document))
    reading.end()
    return reading


def failure(codec: Codec, problem: Problem) -> tuple[int, dict[str, Any]]:
    """Status and decoded body of an error answer."""
    status, body = codec.fail(problem, TRACE)
    return status, msgspec.json.decode(body)
