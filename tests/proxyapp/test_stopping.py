"""A gateway that is stopped ends its calls in words, and accounts for them, before it goes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import bills, cast, purse, sandbox, wire, worker
from tests.support.offers import offer
from tests.support.stack import CHECKOUT, Stack
from tests.support.waiting import eventually

Process: TypeAlias = "tuple[Stack, subprocess.Popen[bytes]]"
ENDLESS = "~output-2000~chunks-1000~pace-50"


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def process(stack: Stack) -> Iterator[Process]:
    """A gateway of its own beside the stack's, as in production; it is patient for one second."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "proxyapp.asgi:application",
            "--fd",
            str(listener.fileno()),
        ]
        command += ["--timeout-graceful-shutdown", "1", "--log-level", "warning"]
        with (stack.data / "gateway.log").open("ab") as log:
            started = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                pass_fds=(listener.fileno(),),
                stdout=log,
                stderr=log,
                env=dict(os.environ),
            )
        yield replace(stack, base_url=f"http://127.0.0.1:{listener.getsockname()[1]}"), started
        started.kill()
        started.wait()


def test_it_works(process: Process, issued: Issued) -> None:
    gateway, started = process
    model = offer("anthropic")
    with wire.streaming(gateway, issued.secret, "anthropic", model, ceiling=4000, script=ENDLESS) as answer:
        parts = answer.iter_text()
        seen = ""
        while "quick" not in seen:
            seen += next(parts)
        started.send_signal(signal.SIGTERM)
        rest = "".join(parts)
    assert "event: error" in rest
    assert "being restarted" in rest
    assert started.wait(10) == -signal.SIGTERM  # in order, as uvicorn says it
    event = bills.of(issued.key)
    assert (event.outcome, event.error, event.status) == ("interrupted", "gateway_stopping", 200)
    assert (event.source, event.output > 0) == ("estimated", True)
    assert purse.is_free(issued.key)


def test_a_call_without_an_answer_yet_is_told_to_try_again(process: Process, issued: Issued) -> None:
    gateway, started = process
    tag, model = wire.fresh_tag(), offer("openai_chat")
    with ThreadPoolExecutor(1) as other:
        asked = other.submit(
            wire.post, gateway, issued.secret, "openai_chat", model, script="~hang-0", tag=tag
        )
        eventually(lambda: sandbox.stats(tag)["open"] == 1)
        started.send_signal(signal.SIGTERM)
        answer = asked.result()
    assert answer.status_code == 503
    assert answer.headers["x-should-retry"] == "true"
    event = bills.of(issued.key)
    assert (event.outcome, event.status) == ("interrupted", 503)


def test_a_call_whose_body_is_still_coming_is_told_to_try_again(process: Process, issued: Issued) -> None:
    gateway, started = process
    headers = wire.headers("anthropic", issued.secret) | {"expect": "100-continue"}
    url = urlsplit(gateway.base_url)
    with socket.create_connection((url.hostname, url.port or 80), timeout=30) as connection:
        connection.sendall(worker.request("/v1/messages", headers, length=10))
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        started.send_signal(signal.SIGTERM)
        answer = worker.read_all(connection)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"x-trace-id: " in answer
    assert b"being restarted" in answer


def test_a_short_call_is_let_finish(process: Process, issued: Issued) -> None:
    gateway, started = process
    model = offer("anthropic")
    script = "~output-100~chunks-10~pace-30"
    with wire.streaming(gateway, issued.secret, "anthropic", model, ceiling=4000, script=script) as answer:
        parts = answer.iter_text()
        seen = next(parts)
        started.send_signal(signal.SIGTERM)
        seen += "".join(parts)
    assert "message_stop" in seen
    assert started.wait(10) == -signal.SIGTERM  # in order, as uvicorn says it
    assert bills.of(issued.key).outcome == "completed"
