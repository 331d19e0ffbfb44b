"""A key's budget is spent to the last nano-dollar, and not one further."""

import asyncio

import httpx
import pytest

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.keys import services as keys
from portal.kit.scope import organization_scope
from portal.organizations.models import Organization
from tests.support import cast, purse, wire
from tests.support.offers import offer, per_call
from tests.support.stack import Stack
from tests.support.waiting import eventually

PRICE = 1_000_003
CALLS = 6


@pytest.fixture(scope="module")
def model(stack: Stack) -> str:
    return offer("anthropic", rates=per_call(PRICE))


def ask(stack: Stack, key: str, model: str) -> httpx.Response:
    return wire.post(stack, key, "anthropic", model)


async def at_once(stack: Stack, key: str, model: str, calls: int) -> list[int]:
    body, headers = wire.body("anthropic", model), wire.headers("anthropic", key)
    async with httpx.AsyncClient(base_url=stack.base_url, timeout=wire.PATIENCE) as http:
        asked = (http.post("/v1/messages", json=body, headers=headers) for _ in range(calls))
        return [answer.status_code for answer in await asyncio.gather(*asked)]


def test_it_works(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    issued = cast.issue(acme, alice, budget_total=PRICE * CALLS)
    statuses = [ask(stack, issued.secret, model).status_code for _ in range(CALLS + 1)]
    assert statuses == [200] * CALLS + [402]
    assert purse.counters(issued.key)["used"] == PRICE * CALLS


def test_a_budget_one_short_of_a_call_does_not_pay_it(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    key = cast.key(acme, alice, budget_total=PRICE * 2 - 1)
    assert [ask(stack, key, model).status_code for _ in range(2)] == [200, 402]


def test_it_holds_for_calls_at_once_over_all_workers(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    issued = cast.issue(acme, alice, budget_total=PRICE * CALLS)
    statuses = asyncio.run(at_once(stack, issued.secret, model, 5 * CALLS))
    assert statuses.count(200) == CALLS
    assert set(statuses) <= {200, 402, 429}  # 429: the rest was held by calls in flight
    events = UsageEvent.platform.filter(key=issued.key)
    eventually(lambda: sum(event.charged for event in events.all()) == PRICE * CALLS)


def test_the_refusal_names_the_budget(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    answer = ask(stack, cast.key(acme, alice, budget_total=PRICE - 1), model)
    assert answer.status_code == 402
    assert answer.headers["x-should-retry"] == "false"
    error = answer.json()["error"]
    assert error["code"] == "budget_exceeded"
    assert error["details"]["limit"] == "key_budget"
    assert error["details"]["budget"] == PRICE - 1


def test_keys_do_not_disturb_each_other(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    first, second = (cast.key(acme, alice, budget_total=PRICE) for _ in range(2))
    assert [ask(stack, first, model).status_code for _ in range(2)] == [200, 402]
    assert ask(stack, second, model).status_code == 200


def test_without_a_budget_there_is_none(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    issued = cast.issue(acme, alice)
    assert {ask(stack, issued.secret, model).status_code for _ in range(CALLS + 2)} == {200}


def test_a_budget_raised_counts_at_once(stack: Stack, acme: Organization, alice: User, model: str) -> None:
    issued = cast.issue(acme, alice, budget_total=PRICE)
    assert [ask(stack, issued.secret, model).status_code for _ in range(2)] == [200, 402]
    with organization_scope(acme.pk):
        keys.limit(key=issued.key, rpm=None, concurrency=None, budget_total=2 * PRICE, actor=alice)
    assert [ask(stack, issued.secret, model).status_code for _ in range(2)] == [200, 402]


def test_what_was_spent_before_there_was_a_budget_counts(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    issued = cast.issue(acme, alice)
    ask(stack, issued.secret, model)
    with organization_scope(acme.pk):
        keys.limit(key=issued.key, rpm=None, concurrency=None, budget_total=PRICE, actor=alice)
    assert ask(stack, issued.secret, model).status_code == 402


def test_a_failed_call_leaves_the_budget_whole(
    stack: Stack, acme: Organization, alice: User, model: str
) -> None:
    issued = cast.issue(acme, alice, budget_total=PRICE)
    failed = wire.post(stack, issued.secret, "anthropic", model, script="~status-500")
    assert failed.status_code == 502
    assert [ask(stack, issued.secret, model).status_code for _ in range(2)] == [200, 402]
