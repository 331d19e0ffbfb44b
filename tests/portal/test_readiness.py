"""`/healthz` says alive, `/readyz` says whether it can serve, and why not."""

import httpx

from portal.kit.redis import client
from proxyapp.store import EPOCH
from tests.support.calls import ask
from tests.support.stack import Stack
from tests.support.waiting import eventually


def ready(stack: Stack) -> httpx.Response:
    return httpx.get(f"{stack.base_url}/readyz")


def test_it_works(stack: Stack) -> None:
    answer = ready(stack)
    assert answer.status_code == 200
    assert set(answer.json()["checks"]) == {"postgresql", "redis", "epoch", "snapshot", "stream"}


def test_alive_needs_nothing_else(stack: Stack) -> None:
    answer = httpx.get(f"{stack.base_url}/healthz")
    assert answer.json() == {"status": "ok"}


def test_every_answer_carries_a_trace_id(stack: Stack) -> None:
    for path in ("/healthz", "/readyz", "/", "/account/login/", "/nowhere", "/v1/nowhere", "/v1/models"):
        trace = httpx.get(f"{stack.base_url}{path}").headers["x-trace-id"]
        assert len(trace) == 32
        assert int(trace, 16)


def test_a_cold_redis_shuts_the_gate_until_it_is_rebuilt(stack: Stack, key: str) -> None:
    assert ask(stack, key).status_code == 200
    client().delete(EPOCH)
    seen = [(ready(stack).status_code, ask(stack, key).status_code)]
    assert seen[0] in ((503, 503), (200, 200))  # rebuilt already, where the clock was that quick
    eventually(lambda: ready(stack).status_code == 200, seconds=10)
    assert ask(stack, key).status_code == 200


def test_alive_can_say_how_much_it_carries(stack: Stack) -> None:
    told = httpx.get(f"{stack.base_url}/healthz?verbose").json()
    assert set(told) == {"status", "pid", "tasks", "calls"}
    assert told["calls"] == 0
