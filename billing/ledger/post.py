"""Posting: the only way by which the ledger grows."""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import connections, transaction
from django.db.models import Q

from billing.ledger.models import Account, Transfer

Place = tuple[int | None, str]
"""Where an account is found: its organization (None: the platform's own) and its code."""

_FACTS = {
    "id": "uuid",
    "kind": "smallint",
    "debit_id": "bigint",
    "credit_id": "bigint",
    "amount": "bigint",
    "pending_id": "uuid",
    "reason": "text",
    "reference": "text",
    "organization_id": "bigint",
}
_INSERT = f"""
INSERT INTO ledger_transfer ({", ".join(_FACTS)}, at)
SELECT {", ".join(_FACTS)}, now()
FROM json_to_recordset(%s::json) AS fact({", ".join(f"{name} {kind}" for name, kind in _FACTS.items())})
ON CONFLICT (id) DO NOTHING
"""  # noqa: S608 - the names are the constants above


class TransferAltered(ValueError):
    """A transfer with this id was posted before, with other facts."""


def account(organization_id: int | None, code: str, no_overdraft: bool = False) -> Account:
    """The account at this place, opened if there is none yet."""
    found, _ = Account.platform.get_or_create(
        organization_id=organization_id, code=code, defaults={"no_overdraft": no_overdraft}
    )
    return found


def account_ids(places: Iterable[Place]) -> dict[Place, int]:
    """Ids of the accounts at these places, those opened that there were not."""
    wanted = set(places)
    found = _find(wanted)
    missing = wanted - found.keys()
    if missing:
        fresh = [Account(organization_id=organization_id, code=code) for organization_id, code in missing]
        Account.platform.bulk_create(fresh, ignore_conflicts=True)
        found |= _find(missing)
    return found


def post(transfers: Sequence[Transfer]) -> int:
    """Post unsaved transfers, all or none; how many of them are new.

    Each brings its own id. One that was posted before with equal facts is left as it is; with other facts it
    is TransferAltered. To overdraw an account that may not be, to post more than was held and to resolve a
    hold twice are IntegrityErrors.
    """
    if not transfers:
        return 0
    facts = [{name: getattr(transfer, name) for name in _FACTS} for transfer in transfers]
    with transaction.atomic(using="platform"):
        with connections["platform"].cursor() as cursor:
            cursor.execute(_INSERT, [msgspec.json.encode(facts).decode()])
            fresh = int(cursor.rowcount)
        if fresh < len(transfers):
            _refuse_altered(transfers)
    return fresh


def _find(places: set[Place]) -> dict[Place, int]:
    anyone = Q(organization_id__in={organization_id for organization_id, _ in places})
    if any(organization_id is None for organization_id, _ in places):
        anyone |= Q(organization=None)
    rows = Account.platform.filter(anyone, code__in={code for _, code in places})
    found = {(row.organization_id, row.code): row.pk for row in rows.only("organization_id", "code")}
    return {place: found[place] for place in places if place in found}


def _refuse_altered(transfers: Sequence[Transfer]) -> None:
    posted = Transfer.platform.in_bulk([transfer.pk for transfer in transfers])
    for transfer in transfers:
        before = posted[transfer.pk]
        if any(getattr(before, name) != getattr(transfer, name) for name in _FACTS):
            raise TransferAltered(f"transfer {transfer.pk} was posted before with other facts")
