"""The tables `[[organizations]]` and `[[organizations.keys]]`."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from billing.management.provision.document import Budget, Key, Limits, Organization
from billing.management.provision.table import Table
from portal.organizations.models import Organization as Row

_NAME, _KEY_NAME, _EMAIL = 120, 80, 254
_LARGEST_LIMIT = 2**31 - 1


def read_organization(table: Table) -> Organization:
    name = table.text("name", _NAME)
    owner = _email(table, "owner")
    credit = table.nano("credit")
    enforcement = table.choice("enforcement", Row.Enforcement.values, required=False) or None
    keys = tuple([_key(entry) for entry in table.tables("keys") or []])
    table.refuse_repeated("keys", [key.name for key in keys])
    table.end()
    return Organization(name, owner, credit, enforcement, keys)


def _email(table: Table, name: str) -> str:
    address = table.text(name, _EMAIL).lower()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        table.refuse(name, f"must be an e-mail address, not {address}")
    return address


def _key(table: Table) -> Key:
    name = table.text("name", _KEY_NAME)
    limits, budget = _limits(table), _budget(table)
    table.end()
    return Key(name, limits, budget)


def _limits(key: Table) -> Limits | None:
    table = key.table("limits")
    if table is None:
        return None
    limits = Limits(table.whole("rpm", 1, _LARGEST_LIMIT), table.whole("concurrency", 1, _LARGEST_LIMIT))
    table.end()
    return limits


def _budget(key: Table) -> Budget | None:
    table = key.table("budget")
    if table is None:
        return None
    budget = Budget(table.nano("total"))
    table.end()
    return budget
