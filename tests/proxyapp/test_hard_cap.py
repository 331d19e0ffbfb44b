"""A hard cap is hard: what a wallet can pay for succeeds, and not one call more."""

import asyncio
import itertools
import json
import resource
from collections.abc import Iterator
from urllib.parse import urlsplit

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
from tests.support import cast, wire, worker
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
    """All calls at once, each on a connection of its own; the statuses."""
    body = json.dumps(wire.body("anthropic", model, ceiling=20)).encode()
    call = worker.request("/v1/messages", wire.headers("anthropic", key) | {"connection": "close"}, body)
    place = urlsplit(stack.base_url)

    async def status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        writer.write(call)
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    connections = [await asyncio.open_connection(place.hostname, place.port) for _ in range(calls)]
    return await asyncio.gather(*itertools.starmap(status, connections))


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many as there are calls, which is more than many systems allow at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
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
