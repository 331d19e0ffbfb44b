"""Charging: what a batch of new usage events means for the ledger. Settlement never refuses."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from billing.charges.models import Grant
from billing.ledger.models import Account, Transfer
from billing.ledger.post import account_ids, post
from proxyapp.usage import UsageEvent

log = logging.getLogger(__name__)
_IDS = uuid.UUID("7d5b2f0e-6f0c-5d5e-9c8e-3f6d0a1b2c4d")
_REVENUE = (None, "revenue")
_OVERRUN = (None, "overrun")


@dataclass(slots=True)
class _Due:
    """What one organization owes for a batch, and what it is let off; `first` is the call that names it."""

    first: str
    charged: int = 0
    waived: int = 0
    refunded: int = 0


def charge(fresh: Sequence[UsageEvent]) -> None:
    """Post what customers pay, what we waive and what providers bill us, for events that were just inserted.

    Customers pay from their grants, in the order in which grants burn; what no grant covers is owed
    (`receivable`). What an adjustment takes back goes the other way. Runs in the transaction that inserted
    the events. The ids of its transfers come from the first of the events: that is inserted once and never
    again.
    """
    dues = _dues(fresh)
    post([*_payments(dues), *_waivers(dues), *_costs(fresh)])
    post([refund for organization_id, due in dues.items() for refund in _refunds(organization_id, due)])


def _dues(fresh: Sequence[UsageEvent]) -> dict[int, _Due]:
    dues: dict[int, _Due] = {}
    for event in fresh:
        due = dues.setdefault(event.organization_id, _Due(event.call_id))
        due.charged += max(0, event.charged)
        due.refunded -= min(0, event.charged)
        due.waived += max(0, event.amount - event.charged)
    return dues


def _payments(dues: dict[int, _Due]) -> Iterator[Transfer]:
    grants = _spendable([organization_id for organization_id, due in dues.items() if due.charged])
    owed: dict[int, int] = {}
    revenue = account_ids([_REVENUE])[_REVENUE]
    for organization_id, due in dues.items():
        rest = due.charged
        for account_id, available in grants[organization_id]:
            if burnt := min(rest, available):
                yield _usage(organization_id, due, account_id, revenue, burnt)
                rest -= burnt
        if rest:
            owed[organization_id] = rest
    receivables = account_ids((organization_id, "receivable") for organization_id in owed)
    for organization_id, rest in owed.items():
        receivable = receivables[organization_id, "receivable"]
        yield _usage(organization_id, dues[organization_id], receivable, revenue, rest)


def _spendable(organizations: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """Accounts and rests of the grants that have something left, in the order in which they burn; locked."""
    rest = F("account__credits_posted") - F("account__debits_posted") - F("account__debits_pending")
    grants = Grant.platform.filter(organization_id__in=organizations).annotate(rest=rest).filter(rest__gt=0)
    # Locked in the order of their ids, as posting does, so that two of them never wait for each other.
    locked = grants.select_related("account").select_for_update(of=("account",), no_key=True)
    rows = list(locked.order_by("account_id"))
    spendable: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for grant in sorted(rows, key=Grant.burn_order):
        spendable[grant.organization_id].append((grant.account_id, grant.account.spendable))
    return spendable


def _usage(organization_id: int, due: _Due, debit: int, revenue: int, amount: int) -> Transfer:
    return Transfer(
        id=_id(due.first, organization_id, debit, Transfer.Reason.USAGE),
        debit_id=debit,
        credit_id=revenue,
        amount=amount,
        reason=Transfer.Reason.USAGE,
        reference=due.first,
        organization_id=organization_id,
    )


def _waivers(dues: dict[int, _Due]) -> Iterator[Transfer]:
    ids = account_ids([_OVERRUN, _REVENUE])
    for organization_id, due in dues.items():
        if due.waived:
            log.warning("organization %s overran its holds by %s nano-USD", organization_id, due.waived)
            yield Transfer(
                id=_id(due.first, organization_id, ids[_OVERRUN], Transfer.Reason.OVERRUN),
                debit_id=ids[_OVERRUN],
                credit_id=ids[_REVENUE],
                amount=due.waived,
                reason=Transfer.Reason.OVERRUN,
                reference=f"organization {organization_id}",
            )


def _costs(fresh: Sequence[UsageEvent]) -> Iterator[Transfer]:
    costs: dict[int, int] = defaultdict(int)
    for event in fresh:
        costs[event.provider_id] += event.cost
    sides = [(None, f"{side}:{provider}") for provider in costs for side in ("cogs", "payable")]
    ids = account_ids(sides)
    for provider, cost in costs.items():
        if cost:
            cogs, payable = ids[None, f"cogs:{provider}"], ids[None, f"payable:{provider}"]
            yield Transfer(
                id=_id(fresh[0].call_id, None, cogs, Transfer.Reason.COST),
                debit_id=cogs if cost > 0 else payable,
                credit_id=payable if cost > 0 else cogs,
                amount=abs(cost),
                reason=Transfer.Reason.COST,
                reference=fresh[0].call_id,
            )


def _refunds(organization_id: int, due: _Due) -> Iterator[Transfer]:
    """Back to what is owed first, then to the grants that were burnt, the last of them first."""
    rest = due.refunded
    revenue = account_ids([_REVENUE])[_REVENUE] if rest else 0
    for account_id, room in _burnt(organization_id) if rest else ():
        if back := min(rest, room):
            yield Transfer(
                id=_id(due.first, organization_id, account_id, Transfer.Reason.REFUND),
                debit_id=revenue,
                credit_id=account_id,
                amount=back,
                reason=Transfer.Reason.REFUND,
                reference=due.first,
                organization_id=organization_id,
            )
            rest -= back
    if rest:
        raise IntegrityError(f"organization {organization_id} is to get back more than it ever paid")


def _burnt(organization_id: int) -> list[tuple[int, int]]:
    """Accounts, and how much was taken from each; locked. Grants that have expired come last."""
    accounts = Account.platform.filter(organization_id=organization_id).order_by("pk")
    rows = {row.pk: row for row in accounts.select_for_update(no_key=True)}
    owed = [(row.pk, -row.balance) for row in rows.values() if row.code == "receivable"]
    grants = sorted(
        Grant.platform.filter(organization_id=organization_id), key=Grant.burn_order, reverse=True
    )
    ended = {given.pk for given in grants if given.expires_at and given.expires_at <= timezone.now()}
    burnt = [
        (given.account_id, given.amount - given.expired_amount - rows[given.account_id].balance)
        for given in sorted(grants, key=lambda given: given.pk in ended)
    ]
    return [(account_id, room) for account_id, room in owed + burnt if room > 0]


def _id(first: str, organization_id: int | None, account_id: int, reason: str) -> uuid.UUID:
    return uuid.uuid5(_IDS, f"{first}:{organization_id}:{account_id}:{reason}")
