"""Changes reach the gateway through here: a row in the same transaction, published on commit, swept if not.

A publisher is told only *what* changed; it reads the present state itself and writes it whole. Publishing one
thing is serialised by an advisory lock that is held while reading and writing, so a slow publisher can never
put an older state over a newer one. Where the process dies right after its commit, the sweep finds the row.
"""

import logging
from collections.abc import Callable
from functools import partial

from django.db import connections, transaction
from django.db.models import Min

from portal.kit.models import OutboxRow

Publisher = Callable[[str], None]
log = logging.getLogger(__name__)
_publishers: dict[str, Publisher] = {}
_SWEEP = 1_000


def register(topic: str, publisher: Publisher) -> None:
    """Name the function that publishes `topic`; called once, when the applications are ready."""
    _publishers[topic] = publisher


def enqueue(topic: str, key: object, using: str = "default") -> None:
    """Have `key` of `topic` published once the present transaction commits."""
    OutboxRow.objects.using(using).create(topic=topic, key=str(key))
    transaction.on_commit(partial(_publish_quietly, topic, str(key)), using=using)


def publish(topic: str, key: str) -> None:
    """Publish the present state of one thing and take its rows out of the outbox."""
    with transaction.atomic(using="platform"):
        with connections["platform"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{topic}:{key}"])
        OutboxRow.platform.filter(topic=topic, key=key).delete()
        _publishers[topic](key)


def publish_pending() -> int:
    """Publish what is waiting, oldest first; one thing that fails does not hold up the others."""
    waiting = OutboxRow.platform.values_list("topic", "key").annotate(first=Min("id")).order_by("first")
    return sum(_publish_quietly(topic, key) for topic, key, _ in waiting[:_SWEEP])


def _publish_quietly(topic: str, key: str) -> bool:
    """On commit there is nobody to raise to: the row stays, and the sweep tries again."""
    try:
        publish(topic, key)
    except Exception:
        log.exception("could not publish %s:%s, it stays in the outbox", topic, key)
        return False
    return True
