"""Credit is given once, written down, and told to the gateway."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test.utils import override_settings

from billing.charges import services
from billing.charges.models import Grant
from billing.charges.services import Balance, balance
from billing.ledger.models import Transfer
from billing.ledger.post import TransferAltered
from portal.accounts.models import User
from portal.kit.redis import client
from portal.kit.scope import organization_scope
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.services import found
from proxyapp.store import wallet_name

WELCOME = 5_000_000_000


def wallet(organization: Organization) -> dict[str, int]:
    fields: Any = client().hgetall(wallet_name(organization.pk))
    return {name.decode(): int(amount) for name, amount in fields.items()}


def unwelcomed(owner: User) -> Organization:
    """Nobody signed up for it, so that no worker of the stack, under other settings, welcomes it first."""
    return found(name="Fresh", slug=f"fresh-{uuid.uuid4().hex}", owner=owner)


def provision(organization: Organization, amount: int, **values: Any) -> Grant:
    return services.grant(
        organization_id=organization.pk, kind=Grant.Kind.PROVISIONED, amount=amount, **values
    )


def test_it_works(acme: Organization, alice: User) -> None:
    given = provision(acme, 7, actor=alice)
    assert balance(acme.pk) == Balance(credited=WELCOME + 7, spent=0)
    assert given.account.code == f"grant:{given.pk}"
    assert given.account.no_overdraft
    transfer = Transfer.platform.get(credit=given.account)
    assert (transfer.debit.code, transfer.amount, transfer.organization) == ("provisioned", 7, acme)


def test_the_gateway_knows_at_once(acme: Organization) -> None:
    provision(acme, 7)
    assert wallet(acme)["credited"] == wallet(acme)["avail"] == WELCOME + 7


def test_a_grant_is_in_the_diary(acme: Organization, alice: User) -> None:
    given = provision(acme, 1_500_000_000, actor=alice)
    with organization_scope(acme.pk):
        line = AuditEntry.objects.first()
    assert line is not None
    assert (line.action, line.target, line.actor) == ("credit.granted", f"grant {given.pk}", alice)
    assert line.detail == {"kind": "provisioned", "amount": "1.50"}


def test_the_same_grant_again_is_the_first_one(acme: Organization) -> None:
    key = uuid.uuid4()
    assert provision(acme, 7, transfer_id=key) == provision(acme, 7, transfer_id=key)
    assert balance(acme.pk).credited == WELCOME + 7


def test_the_same_grant_with_another_amount_is_refused(acme: Organization) -> None:
    key = uuid.uuid4()
    provision(acme, 7, transfer_id=key)
    with pytest.raises(TransferAltered):
        provision(acme, 8, transfer_id=key)
    assert balance(acme.pk).credited == WELCOME + 7


@pytest.mark.parametrize("amount", [0, -1])
def test_a_grant_of_nothing_is_refused(acme: Organization, amount: int) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        provision(acme, amount)


def test_everybody_is_welcomed_once(acme: Organization) -> None:
    def again(_: int) -> Grant | None:
        try:
            return services.welcome(organization_id=acme.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        given = set(pool.map(again, range(16)))
    assert len(given) == 1
    assert balance(acme.pk).credited == WELCOME


def test_the_first_welcome_is_given_once_under_concurrency(charlie: User) -> None:
    fresh = unwelcomed(charlie)
    assert balance(fresh.pk).credited == 0
    test_everybody_is_welcomed_once(fresh)


def test_an_operator_may_welcome_with_nothing(charlie: User) -> None:
    poor = unwelcomed(charlie)
    with override_settings(WELCOME_GRANT_USD="0"):
        assert services.welcome(organization_id=poor.pk) is None
    assert wallet(poor) == {"credited": 0, "spent": 0, "held": 0, "avail": 0}
    assert not Grant.platform.filter(organization=poor).exists()


def test_provisioned_credit_is_raised_by_the_difference(acme: Organization) -> None:
    assert services.provision_credit(organization_id=acme.pk, total=10) == 10
    assert services.provision_credit(organization_id=acme.pk, total=10) == 0
    assert services.provision_credit(organization_id=acme.pk, total=25) == 15
    assert balance(acme.pk).credited == WELCOME + 25


def test_provisioned_credit_is_never_lowered(acme: Organization) -> None:
    services.provision_credit(organization_id=acme.pk, total=10)
    with pytest.raises(ValueError, match="cannot be lowered"):
        services.provision_credit(organization_id=acme.pk, total=9)
    assert balance(acme.pk).credited == WELCOME + 10


def test_only_who_signs_up_is_welcomed(charlie: User) -> None:
    made = found(name="Made by the operator", slug=f"made-{charlie.pk}", owner=charlie)
    assert wallet(made) == {"credited": 0, "spent": 0, "held": 0, "avail": 0}
