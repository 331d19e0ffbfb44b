"""Point 7: a stream ends right behind its last event, and who hangs up there has had everything."""

import socket
import threading

import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.proxyapp.test_streaming import recorded
from tests.support import bills, cast, provider, wire
from tests.support.provider import EVENTS
from tests.support.stack import Stack

LAST = {"anthropic": b'"message_stop"', "openai_responses": b'"response.completed"'}
CHUNKED = provider.head(200, EVENTS, (b"transfer-encoding", b"chunked"))


@pytest.mark.parametrize("protocol", wire.PROTOCOLS)
def test_it_works(stack: Stack, key: str, protocol: str) -> None:
    said = recorded(protocol)
    with provider.playing(provider.chunked(said)) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol=protocol)
        with wire.streaming(stack, key, protocol, model) as answer:
            assert answer.read()  # it ends
    assert answer.headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize("protocol", LAST)
def test_who_hangs_up_at_the_last_event_pays_in_full(
    stack: Stack, acme: Organization, alice: User, protocol: str
) -> None:
    """The provider has sent its last event, and not yet ended; as Codex and Droid hang up."""
    said, gone = recorded(protocol), threading.Event()

    def play(to: socket.socket) -> None:
        to.sendall(CHUNKED + provider.chunk(said))
        gone.wait(wire.PATIENCE)

    issued = cast.issue(acme, alice)
    with provider.playing(play) as played:
        model = provider.offer_over(provider.provider_at(played.url), protocol=protocol)
        with wire.streaming(stack, issued.secret, protocol, model) as answer:
            seen = b""
            for data in answer.iter_raw():
                seen += data
                if LAST[protocol] in seen and seen.endswith(b"\n\n"):
                    break
        event = bills.of(issued.key)
        gone.set()
    assert (event.outcome, event.source, event.status) == ("completed", "provider", 200)
    assert event.charged > 0
