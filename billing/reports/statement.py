"""The ledger as an organization sees it: what came, what went, and what was left after it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from billing.ledger.models import Account, Transfer

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

_PER_PAGE = 50
_MOVES = (Transfer.Kind.SINGLE, Transfer.Kind.POST)
REASONS: dict[str, Any] = {
    Transfer.Reason.GRANT: _("Credit"),
    Transfer.Reason.USAGE: _("Calls"),
    Transfer.Reason.OVERRUN: _("Waived"),
    Transfer.Reason.COST: _("Cost"),
    Transfer.Reason.EXPIRY: _("Expired credit"),
    Transfer.Reason.REFUND: _("Refund"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer: its signed amount and the balance after it, in nano-USD."""

    at: datetime
    reason: str
    reference: str
    amount: int
    balance: int

    @property
    def words(self) -> str:
        return str(REASONS.get(self.reason, self.reason))


@dataclass(frozen=True, slots=True)
class Statement:
    """Newest first. `older` names the place where the next page begins, None at the end."""

    lines: list[Line]
    older: str | None


def settled(accounts: Sequence[Account]) -> int:
    """The posted balance of all of an organization's accounts."""
    return sum(account.balance for account in accounts)


def read(accounts: Sequence[Account], before: str = "") -> Statement:
    """A page of the statement of an organization with these accounts; `before` is a page's `older`."""
    moves, balance = _moves(accounts), settled(accounts)
    if place := _place(before):
        at, transfer = place
        newer = Q(at__gt=at) | Q(at=at, pk__gte=transfer)
        balance -= moves.filter(newer).aggregate(sum=Sum("signed"))["sum"] or 0
        moves = moves.exclude(newer)
    rows = list(moves.order_by("-at", "-pk")[: _PER_PAGE + 1])
    lines = []
    for row in rows[:_PER_PAGE]:
        lines.append(Line(row.at, row.reason, row.reference, row.signed, balance))
        balance -= row.signed
    last = rows[_PER_PAGE - 1] if len(rows) > _PER_PAGE else None
    return Statement(lines, f"{last.at.isoformat()}~{last.pk}" if last else None)


class _Signed(TypedDict):
    signed: int


def _moves(accounts: Sequence[Account]) -> "QuerySet[WithAnnotations[Transfer, _Signed]]":
    """Transfers of the organization with `signed`: what each adds to its accounts."""
    own = [account.pk for account in accounts]
    signed = Case(
        When(Q(credit_id__in=own) & Q(debit_id__in=own), then=Value(0)),
        When(credit_id__in=own, then=F("amount")),
        default=-F("amount"),
        output_field=BigIntegerField(),
    )
    return Transfer.objects.filter(kind__in=_MOVES).annotate(signed=signed)


def _place(text: str) -> tuple[datetime, uuid.UUID] | None:
    """Where a page begins; None for the first one and for what is no place."""
    at, _separator, transfer = text.partition("~")
    try:
        moment = parse_datetime(at)
        return (moment, uuid.UUID(transfer)) if moment else None
    except ValueError:
        return None
