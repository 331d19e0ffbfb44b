"""A hard cap is hard: what a wallet can pay for succeeds, and not one call more."""

import asyncio

import httpx
import pytest
from django.db.models import Sum

from billing.charges.services import balance
from billing.ledger.models import Transfer
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent, UsageRollup
from portal.accounts.models import User
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import wallet_name
from tests.support import cast
from tests.support.offers import offer, per_call
from tests.support.stack import Stack
from tests.support.waiting import eventually

PRICE = 5_000_000
WELCOME = 5_000_000_000
CALLS, PAYABLE = 2_000, 1_000


@pytest.fixture
def key_of(acme: Organization, alice: User) -> str:
    assert PRICE * PAYABLE == WELCOME  # the welcome credit pays for exactly so many
    return cast.key(acme, alice)


async def storm(stack: Stack, key: str, model: str, calls: int) -> list[int]:
    """All calls at once; the statuses."""
    body = {"model": model, "max_tokens": 20, "messages": [{"role": "user", "content": "Hello"}]}
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(
        base_url=stack.base_url, limits=limits, timeout=httpx.Timeout(120, pool=None)
    ) as http:
        answers = await asyncio.gather(
            *(http.post("/v1/messages", json=body, headers={"x-api-key": key}) for _ in range(calls))
        )
    return [answer.status_code for answer in answers]


def test_it_works(stack: Stack, acme: Organization, key_of: str) -> None:
    model = offer("anthropic", rates=per_call(PRICE))
    statuses = asyncio.run(storm(stack, key_of, model, CALLS))
    assert statuses.count(200) == PAYABLE
    assert set(statuses) <= {200, 402, 429}
    charged = UsageEvent.platform.filter(organization=acme)
    eventually(lambda: charged.aggregate(all=Sum("charged"))["all"] == PRICE * PAYABLE)
    wallet = client().hgetall(wallet_name(acme.pk))
    assert wallet[b"held"] == b"0"
    assert wallet[b"avail"] == b"0"
    assert int(wallet[b"spent"]) == PRICE * PAYABLE
    for grain in UsageRollup.Grain:
        sums = UsageRollup.platform.filter(organization=acme, grain=grain).aggregate(all=Sum("charged"))
        assert sums["all"] == PRICE * PAYABLE
    ledger = Transfer.platform.filter(organization=acme, reason=Transfer.Reason.USAGE)
    assert ledger.aggregate(all=Sum("amount"))["all"] == PRICE * PAYABLE
    assert balance(acme.pk).available == 0
    assert prove() == []
