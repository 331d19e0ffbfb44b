"""What Redis says was spent is corrected by what PostgreSQL and the stream say."""

from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from billing.ledger.locks import DRAIN, wait_alone
from billing.reconcile import reconcile
from portal.accounts.models import User
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import DOUBT, EPOCH, counters_name, wallet_name
from tests.billing.charges.test_grant import WELCOME, wallet
from tests.support import bills, cast
from tests.support.calls import ask
from tests.support.stack import Stack
from tests.support.waiting import eventually


def test_it_works(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    assert ask(stack, issued.secret).status_code == 200
    charged = bills.of(issued.key).charged
    client().hincrby(wallet_name(acme.pk), "spent", -7)
    client().hincrby(wallet_name(acme.pk), "avail", 7)
    client().hincrby(counters_name(acme.pk, issued.key.pk), "used", 3)
    assert reconcile([acme.pk]) == 2
    assert wallet(acme) == {
        "credited": WELCOME,
        "spent": charged,
        "held": 0,
        "avail": WELCOME - charged,
    }
    assert client().hget(counters_name(acme.pk, issued.key.pk), "used") == b"%d" % charged


def test_what_agrees_is_left_alone(stack: Stack, acme: Organization, key: str) -> None:
    for _ in range(20):  # with and without something on the stream: it counts as spent
        assert ask(stack, key).status_code == 200
        assert reconcile([acme.pk]) == 0


def test_what_lies_on_the_stream_is_looked_for_at_its_time(
    stack: Stack, acme: Organization, key: str
) -> None:
    """Among all the events there ever were, there is no index by id alone."""
    with transaction.atomic(using="platform"):
        wait_alone(DRAIN)
        assert ask(stack, key).status_code == 200
        with CaptureQueriesContext(connections["platform"]) as queries:
            assert reconcile([acme.pk]) == 0
    (lookup,) = [query["sql"] for query in queries if 'FROM "usage_usageevent"' in query["sql"]]
    assert '"occurred_at" >= ' in lookup


def test_a_redis_without_an_epoch_is_left_to_the_rebuild(
    stack: Stack, acme: Organization, alice: User
) -> None:
    """It knows of nothing spent because it knows of nothing: a correction would be counted twice."""
    issued = cast.issue(acme, alice)
    assert ask(stack, issued.secret).status_code == 200
    charged = bills.of(issued.key).charged
    client().flushall()
    reconcile([acme.pk])
    eventually(lambda: client().exists(EPOCH))
    assert wallet(acme)["spent"] == charged


def test_a_gateway_may_ask_for_it(stack: Stack, acme: Organization, alice: User) -> None:
    issued = cast.issue(acme, alice)
    assert ask(stack, issued.secret).status_code == 200
    charged = bills.of(issued.key).charged
    client().hincrby(wallet_name(acme.pk), "spent", -7)
    client().hincrby(wallet_name(acme.pk), "avail", 7)
    client().set(DOUBT, "a gateway")
    eventually(lambda: wallet(acme)["spent"] == charged)
