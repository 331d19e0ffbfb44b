"""The wallet in Redis as media moves it: charged at admission, given back where nothing came of it.

A charge is a reservation that is settled in the same breath, by the scripts that the gateway uses: so every
limit of the key and every cap holds for media as for any call.
"""

from typing import Any

import msgspec
import redis

from proxyapp.errors import NotReady
from proxyapp.limits import names
from proxyapp.limits.refusals import Short, out_of_money, refusal
from proxyapp.rest.authentication import client
from proxyapp.snapshot import KeyFacts
from proxyapp.store import DOUBT, EPOCH, STREAM, counters_name, wallet_name
from proxyapp.usage import UsageEvent

_HOLDER = "media"
_KEPT = 7 * 24 * 3600
_AWAY = (redis.ConnectionError, redis.TimeoutError)
_encode = msgspec.json.Encoder().encode


class Unclear(NotReady):
    """Redis went away in the middle: whether it has charged is not known."""


def charge(key: KeyFacts, event: UsageEvent) -> None:
    """Take the money, a place in the minute and room in the budget, and tell the event; or say what binds.

    A task is no call in flight, so the limit of concurrent calls is not asked.
    """
    organization_id, body = event.organization_id, _encode(event)
    hold, holds = names.hold_name(organization_id, event.call_id), names.holds_name(_HOLDER)
    wallet, counters = wallet_name(organization_id), counters_name(organization_id, key.key_id)
    member = names.member(organization_id, key.key_id, event.call_id)
    requests = names.requests_name(organization_id, key.key_id)
    limits = [str(event.charged), str(int(key.enforcement == "relaxed")), _text(key.rpm), ""]
    limits += [_text(key.budget_total), member]
    try:
        with client().pipeline(transaction=True) as both:
            both.eval(names.RESERVE, 6, EPOCH, wallet, counters, requests, hold, holds, *limits, body)
            both.eval(names.SETTLE, 6, EPOCH, wallet, counters, hold, holds, STREAM, member, limits[0], body)
            reserved, _ = both.execute()
    except _AWAY as away:
        raise Unclear("The gateway cannot reach its limit store.", retry_after=2) from away
    if reserved[0] != 1:
        refused = refusal(key, reserved)
        raise out_of_money(refused, key) if isinstance(refused, Short) else refused


def give_back(event: UsageEvent) -> bool:
    """Give back what an adjustment says, and tell it; False while Redis is being rebuilt."""
    keys = [
        EPOCH,
        wallet_name(event.organization_id),
        counters_name(event.organization_id, event.key_id),
        f"tg:{{{event.organization_id}}}:refund:{event.call_id}",
        STREAM,
    ]
    arguments = (str(-event.charged), _encode(event), str(_KEPT))
    reply: Any = client().eval(names.REFUND, len(keys), *keys, *arguments)
    return int(reply) >= 0


def tell(event: UsageEvent) -> bool:
    """Tell an event that may have been told already, and have the wallet compared; False if Redis is cold."""
    if not client().exists(EPOCH):
        return False
    client().xadd(STREAM, {"e": _encode(event)})
    doubt()
    return True


def doubt() -> None:
    """Have the wallets compared with what PostgreSQL and the stream say."""
    client().set(DOUBT, _HOLDER)


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)
