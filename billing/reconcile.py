"""Redis against PostgreSQL: what was spent must be the same in both, to the nano-dollar.

Redis may come back from a crash a second older than it was, and what a gateway tells it again it does not
charge. PostgreSQL is the truth; what lies on the stream is on its way there. While the drain is held off, the
two together say what Redis should have. Without an epoch Redis has nothing that could be corrected.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from billing.charges.services import balance
from billing.ledger.locks import DRAIN, wait_alone
from billing.usage.events import known
from billing.usage.ingest import drain_all
from billing.usage.models import UsageRollup
from portal.kit.redis import client
from proxyapp.store import DOUBT, EPOCH, STREAM, counters_name, wallet_name
from proxyapp.usage import UsageEvent

_CHUNK = 200
_RECENT = timedelta(hours=2)
_decode = msgspec.json.Decoder(UsageEvent).decode
_seen: dict[str, str] = {}
log = logging.getLogger(__name__)

# KEYS: the epoch, the stream, then hashes.  ARGV: for each hash the field that counts what was spent.
_SNAPSHOT = """
local fields = {}
for n = 3, #KEYS do fields[n - 2] = redis.call('HGET', KEYS[n], ARGV[n - 2]) end
return {redis.call('GET', KEYS[1]), fields, redis.call('XRANGE', KEYS[2], '-', '+')}
"""
# KEYS: the epoch, a hash.  ARGV: the epoch of the snapshot, the field of the hash, the difference, and
# the field to take it from (or empty).
_CORRECT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[2], ARGV[3])
if ARGV[4] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[4], ARGV[5]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A figure in Redis: the spent of a wallet (no key), or the used of a key."""

    organization_id: int
    key_id: int | None
    booked: int  # what PostgreSQL says

    @property
    def name(self) -> str:
        if self.key_id is None:
            return wallet_name(self.organization_id)
        return counters_name(self.organization_id, self.key_id)

    @property
    def field(self) -> str:
        return "spent" if self.key_id is None else "used"


def reconcile_doubtful() -> int:
    """Reconcile where a gateway has asked for it, or Redis is another process than when this was last run."""
    restarted = _has_restarted()
    if (client().exists(EPOCH) and client().getdel(DOUBT)) or restarted:
        return reconcile_recent()
    return 0


def reconcile_recent() -> int:
    """Reconcile every organization that has used anything of late; how many figures were wrong."""
    drain_all(patient=True)  # who has used anything is known where it has been booked
    minutes = UsageRollup.platform.filter(
        grain=UsageRollup.Grain.MINUTE, bucket__gte=timezone.now() - _RECENT
    )
    active = sorted(minutes.values_list("organization_id", flat=True).distinct())
    chunks = (active[at : at + _CHUNK] for at in range(0, len(active), _CHUNK))
    return sum(reconcile(chunk) for chunk in chunks)


def reconcile(organization_ids: Sequence[int]) -> int:
    """Correct in Redis what these organizations and their keys have spent; how many figures were wrong."""
    with transaction.atomic(using="platform"):
        wait_alone(DRAIN)  # from here on events do not move from the stream to PostgreSQL
        accounts = _accounts(organization_ids)
        keys = [EPOCH, STREAM, *(account.name for account in accounts)]
        fields = [account.field for account in accounts]
        epoch, found, entries = client().eval(_SNAPSHOT, len(keys), *keys, *fields)
        if epoch is None:
            return 0
        backlog = _backlog([fields[1] for _, fields in entries])
        drifts = [
            (account, account.booked + backlog[account.organization_id, account.key_id] - int(amount or 0))
            for account, amount in zip(accounts, found, strict=True)
        ]
        return sum(_correct(epoch, account, drift) for account, drift in drifts if drift)


def _accounts(organization_ids: Sequence[int]) -> list[Account]:
    wallets = [Account(pk, None, balance(pk).spent) for pk in organization_ids]
    days = UsageRollup.platform.filter(grain=UsageRollup.Grain.DAY, organization__in=organization_ids)
    used = days.values_list("organization_id", "key_id").annotate(used=Sum("charged"))
    return wallets + [Account(pk, key_id, int(amount)) for pk, key_id, amount in used]


def _backlog(bodies: Sequence[bytes]) -> Counter[tuple[int, int | None]]:
    """What lies on the stream and is not in PostgreSQL yet, by organization and by key."""
    events = []
    for body in bodies:
        try:
            events.append(_decode(body))
        except msgspec.MsgspecError:  # the drain will refuse it: it is no money
            continue
    booked = known([(event.organization_id, event.call_id) for event in events])
    unique = {event.call_id: event for event in events if event.call_id not in booked}
    backlog: Counter[tuple[int, int | None]] = Counter()
    for event in unique.values():
        backlog[event.organization_id, None] += event.charged
        backlog[event.organization_id, event.key_id] += event.charged
    return backlog


def _correct(epoch: bytes, account: Account, drift: int) -> bool:
    less = ("avail", -drift) if account.key_id is None else ("", 0)
    if not client().eval(_CORRECT, 2, EPOCH, account.name, epoch, account.field, drift, *less):
        return False
    log.warning("%s %s was off by %d nano-USD and has been corrected", account.name, account.field, drift)
    return True


def _has_restarted() -> bool:
    run_id = str(client().info("server")["run_id"])
    before, _seen["run_id"] = _seen.get("run_id"), run_id
    return before not in (None, run_id)
