"""An organization's wallet as the gateway sees it at this moment."""

import logging
from dataclasses import dataclass

import redis

from portal.kit.redis import client
from proxyapp.store import wallet_name

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wallet:
    """Nano-USD: what may be spent now, and what calls in flight hold."""

    available: int
    held: int


def live(organization_id: int) -> Wallet | None:
    """None while Redis is away or has not been told of the organization yet."""
    try:
        available, held = client().hmget(wallet_name(organization_id), ["avail", "held"])
    except redis.RedisError as error:
        log.warning("the live wallet of organization %s is not to be had: %s", organization_id, error)
        return None
    return None if available is None else Wallet(int(available), int(held or 0))
