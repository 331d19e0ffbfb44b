"""A Redis without an epoch knows nothing to decide by: tell it everything, then open the gate.

That is so after a loss of its data, and at the very first start. What PostgreSQL says is published in full;
the epoch comes last, and only if Redis has not lost its data again meanwhile.
"""

import logging
import secrets
import time

from django.db import connections, transaction
from django.db.models import Sum

from billing.charges.services import WALLET
from billing.ledger.locks import try_alone
from billing.usage.ingest import drain_all
from billing.usage.models import UsageRollup
from portal.keys.models import ApiKey
from portal.keys.publish import publish_row
from portal.keys.services import TOPIC as KEY
from portal.kit import outbox
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.limits.publish import publish_used
from proxyapp.store import EPOCH, LEASES, REBUILDING, ready_name

CATALOGUE = "catalogue"
_CHUNK = 500
_TURN, _SHORTEST_WAIT, _LONGEST_WAIT = 0.1, 1.3, 8.0
_OPEN = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""

log = logging.getLogger(__name__)


def ensure_epoch() -> bool:
    """Rebuild Redis if it has no epoch; whether it was rebuilt and the gate opened.

    False also where another process is rebuilding, or Redis lost its data once more before the end: the next
    run looks again.
    """
    redis = client()
    if redis.exists(EPOCH):
        return False
    with (
        transaction.atomic()
    ):  # on an alias that nothing below uses: the lock must outlast their transactions
        if not try_alone("rebuild", using="default") or redis.exists(EPOCH):
            return False
        mark = secrets.token_hex(16)
        redis.set(REBUILDING, mark)
        _await_gateways(mark)
        drain_all(patient=True)  # what still lies on the stream belongs to the sums that are published
        _publish_keys()
        outbox.publish(CATALOGUE, "all")
        for organization_id in list(Organization.platform.order_by("pk").values_list("pk", flat=True)):
            outbox.publish(WALLET, str(organization_id))
        _publish_used()
        opened = bool(redis.eval(_OPEN, 2, REBUILDING, EPOCH, mark, secrets.token_hex(16)))
    log.warning("Redis was rebuilt from PostgreSQL" if opened else "Redis lost its data during the rebuild")
    return opened


def _await_gateways(mark: str) -> None:
    """Until every gateway alive has given back its holds and events, or has had the time to.

    Who is alive was forgotten, too: each says so within a turn of half a second.
    """
    redis = client()
    began = time.monotonic()
    while (waited := time.monotonic() - began) < _LONGEST_WAIT:
        time.sleep(_TURN)
        alive = set(redis.zrangebyscore(LEASES, int(time.time() * 1000), "+inf"))
        if waited >= _SHORTEST_WAIT and alive <= set(redis.smembers(ready_name(mark))):
            break
    redis.delete(ready_name(mark))


def _publish_keys() -> None:
    last = 0
    while chunk := list(
        ApiKey.platform.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_CHUNK]
    ):
        with transaction.atomic(using="platform"):
            _lock_topics([f"{KEY}:{key_id}" for key_id in chunk])
            for key in ApiKey.platform.select_related("organization").filter(pk__in=chunk):
                publish_row(key)
        last = chunk[-1]


def _lock_topics(names: list[str]) -> None:
    """The locks that `outbox.publish` takes one by one: nothing older is put over what it has published."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name", [names]
        )


def _publish_used() -> None:
    days = UsageRollup.platform.filter(grain=UsageRollup.Grain.DAY)
    used = days.values_list("organization_id", "key_id").annotate(used=Sum("charged"))
    for organization_id, key_id, amount in used.iterator():
        publish_used(client(), organization_id, key_id, int(amount))
