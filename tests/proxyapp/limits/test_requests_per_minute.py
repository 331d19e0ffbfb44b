"""So many requests in any minute, and not one more."""

import asyncio

import httpx
import pytest

from portal.accounts.models import User
from portal.keys import services as keys
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from proxyapp.limits.names import requests_name
from tests.support import cast, purse, wire
from tests.support.offers import offer
from tests.support.stack import Stack

LIMIT = 7


@pytest.fixture(scope="module")
def model(stack: Stack) -> str:
    return offer("anthropic")


async def at_once(stack: Stack, key: str, model: str, calls: int) -> list[httpx.Response]:
    body, headers = wire.body("anthropic", model), wire.headers("anthropic", key)
    async with httpx.AsyncClient(base_url=stack.base_url, timeout=wire.PATIENCE) as http:
        asked = (http.post("/v1/messages", json=body, headers=headers) for _ in range(calls))
        return await asyncio.gather(*asked)


def ask(stack: Stack, key: str, model: str) -> httpx.Response:
    return wire.post(stack, key, "anthropic", model)


def test_it_works(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    key = cast.key(acme, alice, rpm=LIMIT)
    statuses = [ask(stack, key, model).status_code for _ in range(LIMIT + 1)]
    assert statuses == [200] * LIMIT + [429]


def test_it_holds_for_calls_at_once_over_all_workers(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    key = cast.key(acme, alice, rpm=LIMIT)
    statuses = [answer.status_code for answer in asyncio.run(at_once(stack, key, model, 5 * LIMIT))]
    assert (statuses.count(200), statuses.count(429)) == (LIMIT, 4 * LIMIT)


def test_the_refusal_names_the_limit_and_the_time(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    key = cast.key(acme, alice, rpm=1)
    ask(stack, key, model)
    answer = ask(stack, key, model)
    error = answer.json()["error"]
    assert error["code"] == "rate_limited"
    assert error["details"] == {"limit": "requests_per_minute", "value": 1}
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert f"Try again in {answer.headers['retry-after']} s" in error["hint"]


def test_a_minute_later_the_oldest_is_forgotten(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    """The minute is made to pass by dating the requests back."""
    issued = cast.issue(acme, alice, rpm=2)
    times = requests_name(acme.pk, issued.key.pk)
    assert [ask(stack, issued.secret, model).status_code for _ in range(3)] == [200, 200, 429]
    oldest = int(purse.command("LINDEX", times, -1))
    purse.command("LSET", times, -1, oldest - 60_000)
    assert [ask(stack, issued.secret, model).status_code for _ in range(2)] == [200, 429]


def test_refused_requests_do_not_count(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    issued = cast.issue(acme, alice, rpm=2)
    for _ in range(5):
        ask(stack, issued.secret, model)
    assert purse.command("LLEN", requests_name(acme.pk, issued.key.pk)) == 2


def test_keys_do_not_disturb_each_other(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    first, second = (cast.key(acme, alice, rpm=1) for _ in range(2))
    assert [ask(stack, first, model).status_code for _ in range(2)] == [200, 429]
    assert ask(stack, second, model).status_code == 200


def test_without_a_limit_there_is_none(stack: Stack, key: str, model: str) -> None:
    answers = asyncio.run(at_once(stack, key, model, 60))
    assert {answer.status_code for answer in answers} == {200}


def test_a_limit_lifted_counts_at_once(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    issued = cast.issue(acme, alice, rpm=1)
    assert [ask(stack, issued.secret, model).status_code for _ in range(2)] == [200, 429]
    with organization_scope(acme.pk):
        keys.limit(key=issued.key, rpm=None, concurrency=None, budget_total=None, actor=alice)
    assert ask(stack, issued.secret, model).status_code == 200


def test_a_limit_of_nothing_refuses_all(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    assert ask(stack, cast.key(acme, alice, rpm=0), model).status_code == 429
