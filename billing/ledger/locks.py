"""One runner at a time, across all processes: advisory locks that end with the transaction."""

from django.db import connections

DRAIN = "usage:drain"
"""Held by whoever moves roll-ups: the drain, the seal, the pruning."""


def wait_alone(name: str, using: str = "platform") -> None:
    """Be the only one that holds `name` until the present transaction ends; waits for another."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def try_alone(name: str, using: str = "platform") -> bool:
    """Like `wait_alone`, but False at once where another holds it."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (alone,) = cursor.fetchone()
    return bool(alone)
