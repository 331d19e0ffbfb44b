"""Credit: giving it, taking back what ran out, and what there is.

The ledger belongs to the platform role, so everything here runs in transactions of its own on that alias.
Do not call it with an unfinished line in the same organization's diary: the diary has one writer at a time.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Sum
from django.utils import timezone

from billing.charges.models import Grant
from billing.ledger.locks import wait_alone
from billing.ledger.models import Account, Transfer
from billing.ledger.post import TransferAltered, account, post
from portal.accounts.models import User
from portal.kit import outbox
from portal.kit.scope import organization_scope
from portal.organizations import audit
from proxyapp.money import format_usd, parse_usd

WALLET = "wallet"
"""Outbox topic: the credit of an organization changed."""

EXPIRY_GRACE = timedelta(minutes=10)
"""What was used in time must have been drained before the rest of a grant is taken back."""

_IDS = uuid.UUID("0c6f6f0a-5a55-5a52-8f2e-6a0c3b7e9d11")
_FUNDED_BY = {Grant.Kind.WELCOME: "promo", Grant.Kind.PROVISIONED: "provisioned"}


@dataclass(frozen=True, slots=True)
class Balance:
    """An organization's credit in nano-USD. `available` is what is left, below zero where it owes us."""

    credited: int  # ever given, less what ran out unspent
    spent: int  # ever charged, less what was refunded

    @property
    def available(self) -> int:
        return self.credited - self.spent


def balance(organization_id: int) -> Balance:
    """What was drained so far; calls of the last second and calls in flight are known to Redis alone."""
    accounts = Account.platform.filter(organization_id=organization_id)
    sums = accounts.aggregate(
        credits=Sum("credits_posted", default=0), debits=Sum("debits_posted", default=0)
    )
    grants = Grant.platform.filter(organization_id=organization_id)
    expired = grants.aggregate(expired=Sum("expired_amount", default=0))["expired"]
    refunds = Transfer.platform.filter(organization_id=organization_id, reason=Transfer.Reason.REFUND)
    refunded = refunds.aggregate(refunded=Sum("amount", default=0))["refunded"]
    no_gift = expired + refunded  # neither was ever credit, and neither is spent
    return Balance(credited=int(sums["credits"] - no_gift), spent=int(sums["debits"] - no_gift))


@transaction.atomic(using="platform")
def grant(
    *,
    organization_id: int,
    kind: Grant.Kind,
    amount: int,
    actor: User | None = None,
    expires_at: datetime | None = None,
    priority: int = 50,
    transfer_id: uuid.UUID | None = None,
) -> Grant:
    """Give credit of `amount` nano-USD, and tell the gateway.

    `transfer_id` makes it idempotent: the same again returns the first grant, with another organization, kind
    or amount it is TransferAltered.
    """
    if amount <= 0:
        raise ValueError("a grant must be of more than nothing")
    transfer_id = transfer_id or uuid.uuid4()
    wait_alone(f"grant:{transfer_id}")
    outbox.enqueue(WALLET, organization_id, using="platform")
    before = Grant.platform.filter(account__in=Transfer.platform.filter(pk=transfer_id).values("credit"))
    if given := before.first():
        if (given.organization_id, given.kind, given.amount) != (organization_id, kind, amount):
            raise TransferAltered(f"grant {given.pk} was given by transfer {transfer_id} with other facts")
        return given
    return _give(organization_id, kind, amount, actor, expires_at, priority, transfer_id)


def welcome(*, organization_id: int) -> Grant | None:
    """The credit with which somebody who signed up starts, once; None where the operator gives none."""
    amount = parse_usd(settings.WELCOME_GRANT_USD)
    given = Grant.platform.filter(organization_id=organization_id, kind=Grant.Kind.WELCOME).first()
    if given or not amount:
        return given
    return grant(
        organization_id=organization_id,
        kind=Grant.Kind.WELCOME,
        amount=amount,
        transfer_id=uuid.uuid5(_IDS, f"welcome:{organization_id}"),
    )


@transaction.atomic(using="platform")
def provision_credit(*, organization_id: int, total: int) -> int:
    """Raise what the operator has ever provisioned to `total` nano-USD; the difference that was granted.

    Never lowers: a `total` below what was given is a ValueError.
    """
    wait_alone(f"provision:{organization_id}")
    grants = Grant.platform.filter(organization_id=organization_id, kind=Grant.Kind.PROVISIONED)
    given = int(grants.aggregate(given=Sum("amount", default=0))["given"])
    if total < given:
        raise ValueError(
            f"{format_usd(given)} USD was provisioned already, it cannot be lowered to {format_usd(total)}"
        )
    if total > given:
        transfer_id = uuid.uuid5(_IDS, f"provision:{organization_id}:{total}")
        grant(
            organization_id=organization_id,
            kind=Grant.Kind.PROVISIONED,
            amount=total - given,
            transfer_id=transfer_id,
        )
    return total - given


def expire(*, now: datetime | None = None) -> int:
    """Take back what is left of grants that ran out; how many there were."""
    deadline = (now or timezone.now()) - EXPIRY_GRACE
    due = Grant.platform.filter(
        expires_at__lte=deadline, account__credits_posted__gt=F("account__debits_posted")
    )
    return sum(_expire(grant_id) for grant_id in due.values_list("pk", flat=True))


def _give(
    organization_id: int,
    kind: Grant.Kind,
    amount: int,
    actor: User | None,
    expires_at: datetime | None,
    priority: int,
    transfer_id: uuid.UUID,
) -> Grant:
    with connections[
        "platform"
    ].cursor() as cursor:  # the account is named after the grant, so its id comes first
        cursor.execute("SELECT nextval(pg_get_serial_sequence('charges_grant', 'id'))")
        (grant_id,) = cursor.fetchone()
    purse = account(organization_id, f"grant:{grant_id}", no_overdraft=True)
    given = Grant.platform.create(
        pk=grant_id,
        organization_id=organization_id,
        account=purse,
        kind=kind,
        amount=amount,
        priority=priority,
        expires_at=expires_at,
    )
    transfer = Transfer(
        id=transfer_id,
        debit=account(None, _FUNDED_BY[kind]),
        credit=purse,
        amount=amount,
        reason=Transfer.Reason.GRANT,
        reference=f"grant {grant_id}",
        organization_id=organization_id,
    )
    post([transfer])
    with organization_scope(organization_id, using="platform"):
        audit.record(
            actor,
            "credit.granted",
            f"grant {grant_id}",
            using="platform",
            kind=kind,
            amount=format_usd(amount),
        )
    return given


@transaction.atomic(using="platform")
def _expire(grant_id: int) -> bool:
    locked = Grant.platform.select_related("account").select_for_update(no_key=True)
    given = locked.get(pk=grant_id)
    rest = given.account.spendable
    if not rest:
        return False
    transfer = Transfer(
        id=uuid.uuid5(_IDS, f"expiry:{grant_id}:{given.expired_amount}"),
        debit=given.account,
        credit=account(None, "breakage"),
        amount=rest,
        reason=Transfer.Reason.EXPIRY,
        reference=f"grant {grant_id}",
        organization_id=given.organization_id,
    )
    post([transfer])
    given.expired_amount += rest
    given.save(update_fields=["expired_amount"])
    outbox.enqueue(WALLET, given.organization_id, using="platform")
    return True
