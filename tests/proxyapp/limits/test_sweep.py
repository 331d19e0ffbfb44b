"""What a dead gateway left behind is booked once, from its last checkpoint, and its holds are given back."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.catalogue.models import AIModel
from portal.keys.services import Issued
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.config import Config
from proxyapp.limits.names import holds_name
from proxyapp.limits.reservation import Limits
from proxyapp.limits.sweep import sweep
from proxyapp.metering import encode
from proxyapp.resp import Redis
from proxyapp.snapshot import KeyFacts
from proxyapp.store import LEASES
from proxyapp.usage import TokenUsage, new_call_id
from proxyapp.usage import UsageEvent as Event
from tests.support import cast, purse
from tests.support.stack import Stack
from tests.support.waiting import eventually

HELD, CHECKPOINT = 9_000_000, 4_000_000


class Mortal:
    """The limits of a gateway that lives, and stops renewing its lease, as a test wants it."""

    def __init__(self, runner: asyncio.Runner, facts: KeyFacts) -> None:
        self._runner = runner
        self._facts = facts
        self._redis = Redis(Config.from_environment().redis_url)
        self._limits = Limits(self._redis)
        self.gateway_id = self._limits.gateway_id
        purse.command("ZADD", LEASES, int((time.time() + 60) * 1000), self.gateway_id)

    def reserve(self, checkpoint: int = CHECKPOINT) -> str:
        """A call in flight; its id."""
        call_id = new_call_id()
        found = event(self._facts, call_id, checkpoint)
        self._runner.run(self._limits.reserve(self._facts, call_id, HELD, found))
        return call_id

    def checkpoint(self, call_id: str, charged: int) -> None:
        found = event(self._facts, call_id, charged)
        self._runner.run(self._limits.checkpoint(self._facts, call_id, found))

    def settle(self, call_id: str, charged: int) -> None:
        found = event(self._facts, call_id, charged)
        self._runner.run(self._limits.settle(self._facts, call_id, charged, found))

    def dies(self) -> None:
        purse.command("ZADD", LEASES, int(time.time() * 1000) - 1, self.gateway_id)

    def close(self) -> None:
        self.dies()
        self._runner.run(self._redis.aclose())


@pytest.fixture
def issued(acme: Organization, alice: User) -> Issued:
    return cast.issue(acme, alice)


@pytest.fixture
def facts(issued: Issued) -> KeyFacts:
    key = issued.key
    return KeyFacts(key_id=key.pk, organization_id=key.organization_id, user_id=key.created_by_id)


@pytest.fixture
def gateways(stack: Stack, facts: KeyFacts) -> Iterator[list[Mortal]]:
    with asyncio.Runner() as runner:
        made = [Mortal(runner, facts) for _ in range(2)]
        yield made
        for gateway in made:
            gateway.close()


def event(facts: KeyFacts, call_id: str, charged: int) -> bytes:
    model = AIModel.objects.get(name="sandbox-claude")
    return encode(
        Event(
            call_id=call_id,
            organization_id=facts.organization_id,
            key_id=facts.key_id,
            user_id=facts.user_id,
            model_id=model.pk,
            model=model.name,
            protocol="anthropic",
            outcome="interrupted",
            usage=TokenUsage(input=7),
            source="orphan",
            held=HELD,
            amount=charged,
            charged=charged,
        )
    )


def test_it_works(gateways: list[Mortal], acme: Organization, issued: Issued) -> None:
    call_id = gateways[0].reserve(checkpoint=0)
    gateways[0].checkpoint(call_id, CHECKPOINT)
    assert purse.wallet(acme)["held"] == HELD
    gateways[0].dies()
    booked = eventually(UsageEvent.platform.filter(key=issued.key).first, seconds=20)
    assert booked is not None
    assert (booked.call_id.hex, booked.source, booked.outcome) == (call_id, "orphan", "interrupted")
    assert (booked.charged, purse.wallet(acme)["held"]) == (CHECKPOINT, 0)


def test_money_and_place_are_given_back(gateways: list[Mortal], acme: Organization, issued: Issued) -> None:
    before = purse.wallet(acme)
    gateways[0].reserve()
    gateways[0].dies()
    sweep(client(), grace=0)
    after = purse.wallet(acme)
    assert after["held"] == 0
    assert after["avail"] == before["avail"] - CHECKPOINT
    assert after["spent"] == before["spent"] + CHECKPOINT
    assert purse.counters(issued.key) == {"live": 0, "held": 0, "used": CHECKPOINT}


def test_a_gateway_that_lives_is_left_alone(gateways: list[Mortal], acme: Organization) -> None:
    for gateway in gateways:
        gateway.reserve()
    gateways[0].dies()
    sweep(client(), grace=0)
    assert purse.wallet(acme)["held"] == HELD
    assert purse.command("SCARD", holds_name(gateways[1].gateway_id)) == 1


def test_a_settlement_that_comes_too_late_changes_nothing(
    gateways: list[Mortal], acme: Organization, issued: Issued
) -> None:
    call_id = gateways[0].reserve()
    gateways[0].dies()
    sweep(client(), grace=0)
    gateways[0].settle(call_id, HELD)
    events = UsageEvent.platform.filter(key=issued.key)
    assert [booked.charged for booked in eventually(lambda: list(events.all()))] == [CHECKPOINT]
    assert purse.wallet(acme)["spent"] == CHECKPOINT


def test_sweeping_twice_books_once(gateways: list[Mortal], acme: Organization) -> None:
    gateways[0].reserve()
    gateways[0].dies()
    for _ in range(2):
        sweep(client(), grace=0)
    assert purse.wallet(acme)["spent"] == CHECKPOINT


def test_a_lease_that_was_swept_is_forgotten(gateways: list[Mortal]) -> None:
    gateways[0].dies()
    sweep(client(), grace=0)
    assert purse.command("ZSCORE", LEASES, gateways[0].gateway_id) is None


def test_a_lease_renewed_within_its_grace_was_none_that_ended(
    gateways: list[Mortal], acme: Organization
) -> None:
    gateways[0].reserve()
    gateways[0].dies()
    sweep(client(), grace=60)
    assert purse.wallet(acme)["held"] == HELD
