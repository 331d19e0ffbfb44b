"""Point 10: usage is asked for where the client did not, hidden again, and counted by its protocol's rule."""

import json

import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.support import bills, cast, sandbox, wire
from tests.support.offers import offer
from tests.support.stack import Stack


def test_it_works(stack: Stack, key: str) -> None:
    tag = wire.fresh_tag()
    with wire.streaming(stack, key, "openai_chat", offer("openai_chat"), tag=tag) as answer:
        seen = answer.read()
    assert json.loads(sandbox.last(tag).body)["stream_options"] == {"include_usage": True}
    assert b"prompt_tokens" not in seen


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_cached_is_counted_once(
    stack: Stack, acme: Organization, alice: User, protocol: str, stream: bool
) -> None:
    """Whether a protocol counts it inside the prompt or beside it."""
    issued, text = cast.issue(acme, alice), "Hello there. " * 20
    plain, cached = offer(protocol), offer(protocol, script="~cached-20~thinking-12")
    wire.post(stack, issued.secret, protocol, plain, text, stream=stream)
    whole = bills.of(issued.key)
    other = cast.issue(acme, alice)
    wire.post(stack, other.secret, protocol, cached, text, stream=stream)
    event = bills.of(other.key)
    assert event.cache_read == 20
    assert event.input + event.cache_read == whole.input
    assert event.output == whole.output + 12
