"""However a conversation ends, what was used is charged once, nothing is held, and the reason is said."""

import os
import signal

import pytest
from websockets.exceptions import ConnectionClosed

from portal.accounts.models import User
from portal.keys.services import Issued
from tests.support import bills, cast, purse, sandbox, worker
from tests.support.offers import offer
from tests.support.socket import Socket, connected
from tests.support.stack import Stack
from tests.support.waiting import eventually

ENDLESS = "~output-2000~chunks-1000~pace-20"
SHORT = "~output-100~chunks-10~pace-30"


def begun(socket: Socket, model: str) -> None:
    """A response of which the first output is there."""
    socket.say(model, max_output_tokens=4_000)
    socket.until("response.output_text.delta")


def goodbye(socket: Socket) -> tuple[int, str]:
    """Code and reason of the close that comes next."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.connection.recv(30)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_it_works(stack: Stack, issued: Issued, tag: str) -> None:
    """A client that leaves in mid-stream."""
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        begun(socket, offer("openai_responses", script=ENDLESS))
    eventually(lambda: sandbox.stats(tag)["aborted"] == 1, seconds=1)
    event = bills.of(issued.key)
    assert (event.outcome, event.status, event.source) == ("client_left", 499, "estimated")
    assert event.charged > 0
    assert purse.is_free(issued.key)


def test_a_client_that_is_cut_off(stack: Stack, issued: Issued, tag: str) -> None:
    """Without a word of its own."""
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        begun(socket, offer("openai_responses", script=ENDLESS))
        socket.connection.socket.close()
        eventually(lambda: sandbox.stats(tag)["aborted"] == 1, seconds=5)
    assert bills.of(issued.key).outcome == "client_left"


def test_a_client_that_leaves_before_the_answer(stack: Stack, issued: Issued, tag: str) -> None:
    with connected(stack, issued.secret, x_sandbox_tag=tag) as socket:
        socket.say(offer("openai_responses", script="~hang-0"))
        eventually(lambda: sandbox.stats(tag)["open"] == 1)
    eventually(lambda: sandbox.stats(tag)["aborted"] == 1, seconds=1)
    assert bills.of(issued.key).output == 0


def test_a_revoked_key_ends_a_response_and_the_conversation(
    stack: Stack, issued: Issued, alice: User
) -> None:
    with connected(stack, issued.secret) as socket:
        begun(socket, offer("openai_responses", script=ENDLESS))
        cast.revoke(issued.key, alice)
        end = socket.until()[-1]
        assert end["type"] == "response.failed"
        assert end["response"]["error"]["code"] == "api_key_revoked"
        assert goodbye(socket) == (1008, "This API key has been revoked.")
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("interrupted", "api_key_revoked")


def test_a_revoked_key_ends_an_idle_conversation(stack: Stack, issued: Issued, alice: User) -> None:
    with connected(stack, issued.secret) as socket:
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"
        cast.revoke(issued.key, alice)
        assert goodbye(socket)[0] == 1008


def test_a_provider_that_fails_in_mid_stream(stack: Stack, issued: Issued) -> None:
    with connected(stack, issued.secret) as socket:
        end = socket.ask(offer("openai_responses", script="~output-50~chunks-10~cut-3"))
        assert end["type"] == "response.failed"
        assert end["response"]["error"]["code"] == "upstream_interrupted"
        assert socket.ask(offer("openai_responses"))["type"] == "response.completed"


def test_a_worker_that_stops_lets_a_response_finish(stack: Stack, issued: Issued) -> None:
    with worker.running(stack) as door, connected(door.stack, issued.secret) as socket:
        begun(socket, offer("openai_responses", script=SHORT))
        os.kill(door.pid, signal.SIGTERM)
        assert socket.until()[-1]["type"] == "response.completed"
        assert goodbye(socket)[0] == 1012
    assert bills.of(issued.key).outcome == "completed"


def test_a_worker_that_stops_ends_what_does_not_finish(stack: Stack, issued: Issued) -> None:
    with (
        worker.running(stack, TOLLGATE_STOP_SECONDS=1) as door,
        connected(door.stack, issued.secret) as socket,
    ):
        begun(socket, offer("openai_responses", script=ENDLESS))
        os.kill(door.pid, signal.SIGTERM)
        end = socket.until()[-1]
        assert end["response"]["error"]["code"] in ("gateway_stopping", "server_is_overloaded")
        assert goodbye(socket)[0] == 1012
    event = bills.of(issued.key)
    assert (event.outcome, event.error) == ("interrupted", "gateway_stopping")


def test_a_worker_that_stops_leaves_an_idle_conversation(stack: Stack, issued: Issued) -> None:
    with worker.running(stack) as door, connected(door.stack, issued.secret) as socket:
        socket.ask(offer("openai_responses"))
        os.kill(door.pid, signal.SIGTERM)
        assert goodbye(socket)[0] == 1012
