"""The tenant wall of the media tables, as all have it; the wire cannot import the portal's words for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.migrations import RunSQL


@contextmanager
def tenant(organization_id: int) -> Iterator[None]:
    """A transaction in which the media tables show the rows of one organization, and take no others."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('tollgate.organization', %s, true)", [str(organization_id)])
        yield


def closed(table: str) -> RunSQL:
    """Close `table`: the application role sees and writes the scope's rows only, the platform role all."""
    own = "organization_id = tollgate_organization()"
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} TO tollgate_app USING ({own}) WITH CHECK ({own});
        CREATE POLICY platform ON {table} TO tollgate_platform USING (true) WITH CHECK (true);
        """,
        RunSQL.noop,
    )
