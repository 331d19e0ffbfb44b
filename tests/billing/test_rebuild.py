"""A Redis that lost everything is told everything before the gate opens."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from billing.ledger.locks import try_alone
from billing.rebuild import CATALOGUE, ensure_epoch
from portal.accounts.models import User
from portal.catalogue import publish as catalogue
from portal.kit import outbox
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.snapshot import decode_catalogue, decode_key
from proxyapp.store import CATALOGUE as CATALOGUE_NAME
from proxyapp.store import EPOCH, counters_name, key_name, wallet_name
from tests.billing.charges.test_grant import WELCOME
from tests.billing.given import drained, event, put
from tests.support import cast

WRITES = ("SET", "MSET", "HSET", "HSETNX", "HINCRBY", "PUBLISH")


def test_it_works(acme: Organization, alice: User, own_redis: Any) -> None:
    issued = cast.issue(acme, alice, budget_total=10_000).key
    drained(event(acme, key_id=issued.pk), event(acme, key_id=issued.pk))
    own_redis.flushdb()
    assert ensure_epoch()
    assert decode_key(own_redis.get(key_name(issued.digest))).budget_total == 10_000
    assert own_redis.hgetall(wallet_name(acme.pk)) == {
        b"credited": b"%d" % WELCOME,
        b"spent": b"2000",
        b"held": b"0",
        b"avail": b"%d" % (WELCOME - 2_000),
    }
    assert own_redis.hget(counters_name(acme.pk, issued.pk), "used") == b"2000"
    assert decode_catalogue(own_redis.get(CATALOGUE_NAME)) == catalogue.build()
    assert len(own_redis.get(EPOCH)) == 32


def lose_everything(_: str) -> None:
    client().flushdb()


@pytest.fixture
def lossy_catalogue() -> Iterator[None]:
    """Redis loses its data in the middle of a rebuild: when the catalogue's turn comes."""
    outbox.register(CATALOGUE, lose_everything)
    yield
    outbox.register(CATALOGUE, catalogue.publish)


def test_the_epoch_comes_last(acme: Organization, own_redis: Any) -> None:
    with own_redis.monitor() as monitor:
        assert ensure_epoch()
        own_redis.echo("the end")
        told = iter(lambda: monitor.next_command()["command"], "ECHO the end")
        writes = [command for command in told if command.split()[0] in WRITES]
    assert writes[-1].startswith(f"SET {EPOCH} ")
    assert sum(command.startswith(f"SET {EPOCH} ") for command in writes) == 1


def test_a_redis_with_an_epoch_is_left_alone(acme: Organization, own_redis: Any) -> None:
    own_redis.set(EPOCH, "before")
    assert not ensure_epoch()
    assert own_redis.get(EPOCH) == b"before"


def test_every_rebuild_begins_a_new_epoch(acme: Organization, own_redis: Any) -> None:
    ensure_epoch()
    before = own_redis.get(EPOCH)
    own_redis.flushdb()
    ensure_epoch()
    assert own_redis.get(EPOCH) not in (None, before)


@pytest.mark.usefixtures("lossy_catalogue")
def test_a_loss_during_the_rebuild_leaves_the_gate_shut(acme: Organization, own_redis: Any) -> None:
    assert not ensure_epoch()
    assert not own_redis.exists(EPOCH)


def test_one_process_rebuilds_at_a_time(acme: Organization, own_redis: Any) -> None:
    with transaction.atomic(using="platform"):
        assert try_alone("rebuild")
        assert not ensure_epoch()
    assert ensure_epoch()


def test_what_lies_on_the_stream_is_counted(acme: Organization, own_redis: Any) -> None:
    put(event(acme))
    assert ensure_epoch()
    assert own_redis.hget(wallet_name(acme.pk), "spent") == b"1000"


def test_revoked_keys_stay_so(acme: Organization, alice: User, own_redis: Any) -> None:
    issued = cast.issue(acme, alice).key
    cast.revoke(issued, alice)
    own_redis.flushdb()
    ensure_epoch()
    assert decode_key(own_redis.get(key_name(issued.digest))).status == "revoked"
