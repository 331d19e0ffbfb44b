"""Tenant scope: inside it every query sees one organization, outside it every query is refused.

Two guards stand behind each other. `ScopedManager` refuses in Python, with a message that names the mistake;
row-level security refuses in PostgreSQL, whatever the query was made with. The scope is set per transaction,
so that a pooled connection can never carry it over to somebody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connections, models, transaction

_organization: ContextVar[int | None] = ContextVar("organization", default=None)
Row = TypeVar("Row", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A tenant table was queried without an organization in scope."""


@contextmanager
def organization_scope(organization_id: int, using: str = "default") -> Iterator[None]:
    """A transaction in which tenant tables show the rows of one organization, and take no others."""
    with transaction.atomic(using=using), _setting("tollgate.organization", organization_id, using):
        token = _organization.set(organization_id)
        try:
            yield
        finally:
            _organization.reset(token)


@contextmanager
def user_scope(user_id: int, using: str = "default") -> Iterator[None]:
    """A transaction in which a person's own memberships can be read, in whatever organization they are."""
    with transaction.atomic(using=using), _setting("tollgate.user", user_id, using):
        yield


def current_organization_id() -> int:
    """The organization in scope; UnscopedQuery if there is none."""
    organization_id = _organization.get()
    if organization_id is None:
        raise UnscopedQuery("no organization in scope: enter organization_scope(...) first")
    return organization_id


class ScopedManager(models.Manager[Row]):
    """The default manager of tenant tables: filters by the organization in scope, refuses without one."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(organization_id=current_organization_id())

    def create(self, **values: Any) -> Row:
        values.setdefault("organization_id", current_organization_id())
        return super().create(**values)


class PlatformManager(models.Manager[Row]):
    """All tenants' rows, through the platform role; only for modules that the architecture test names."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().using("platform")


@contextmanager
def _setting(name: str, value: int, using: str) -> Iterator[None]:
    """SET LOCAL for the length of the block: a nested scope gives the outer one back."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config(%s, %s, true)", [name, str(value)])
    yield
    # After an error the transaction is rolled back, and the setting with it.
    if not connections[using].needs_rollback:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [name, before or ""])
