"""So many calls in flight at a time; a place is free again the moment its call has ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from portal.accounts.models import User
from portal.keys.services import Issued
from portal.organizations.models import Organization
from tests.support import cast, purse, wire
from tests.support.offers import offer
from tests.support.stack import Stack
from tests.support.waiting import eventually

LIMIT = 5


@pytest.fixture(scope="module")
def model(stack: Stack) -> str:
    return offer("anthropic")


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice, concurrency=LIMIT)


def live(issued: Issued) -> int:
    return purse.counters(issued.key).get("live", 0)


@asynccontextmanager
async def in_flight(stack: Stack, key: str, model: str, calls: int) -> AsyncIterator[list[int]]:
    """So many calls asked for at once, all of which hang once they have begun; their statuses."""
    body, headers = (
        wire.body("anthropic", model, stream=True),
        wire.headers("anthropic", key, script="~hang-2"),
    )
    async with AsyncExitStack() as open_calls:
        http = await open_calls.enter_async_context(httpx.AsyncClient(base_url=stack.base_url, timeout=30))
        asked = (http.stream("POST", "/v1/messages", json=body, headers=headers) for _ in range(calls))
        answers = await asyncio.gather(*(open_calls.enter_async_context(call) for call in asked))
        yield [answer.status_code for answer in answers]


def ask(stack: Stack, key: str, model: str) -> httpx.Response:
    return wire.post(stack, key, "anthropic", model)


async def test_it_works(stack: Stack, issued: Issued, model: str) -> None:
    async with in_flight(stack, issued.secret, model, 3 * LIMIT) as statuses:
        assert (statuses.count(200), statuses.count(429)) == (LIMIT, 2 * LIMIT)
        assert live(issued) == LIMIT


async def test_places_are_free_when_their_calls_have_ended(stack: Stack, issued: Issued, model: str) -> None:
    async with in_flight(stack, issued.secret, model, LIMIT):
        assert ask(stack, issued.secret, model).status_code == 429
    eventually(lambda: live(issued) == 0, seconds=1)
    assert ask(stack, issued.secret, model).status_code == 200


async def test_the_refusal_names_the_limit(stack: Stack, issued: Issued, model: str) -> None:
    async with in_flight(stack, issued.secret, model, LIMIT):
        answer = ask(stack, issued.secret, model)
    error = answer.json()["error"]
    assert error["code"] == "too_many_concurrent_calls"
    assert error["details"] == {"limit": "concurrency", "value": LIMIT}
    assert answer.headers["retry-after"] == "1"


async def test_keys_do_not_disturb_each_other(stack: Stack, issued: Issued, key: str, model: str) -> None:
    async with in_flight(stack, issued.secret, model, LIMIT):
        assert ask(stack, key, model).status_code == 200


async def test_without_a_limit_there_is_none(stack: Stack, key: str, model: str) -> None:
    async with in_flight(stack, key, model, 4 * LIMIT) as statuses:
        assert set(statuses) == {200}


@pytest.mark.parametrize("script", ["~status-400", "~status-500", "~cut-0", "~nousage", "~cut-3"])
@pytest.mark.parametrize("stream", [False, True])
def test_however_a_call_ends_its_place_is_free(
    stack: Stack, issued: Issued, model: str, script: str, stream: bool
) -> None:
    wire.post(stack, issued.secret, "anthropic", model, stream=stream, script=script)
    assert live(issued) == 0


def test_a_refused_request_takes_no_place(stack: Stack, issued: Issued, model: str) -> None:
    httpx.post(
        f"{stack.base_url}/v1/messages",
        content=json.dumps({"model": model}),
        headers=wire.headers("anthropic", issued.secret),
    )
    assert live(issued) == 0
