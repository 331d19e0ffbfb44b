"""How the control plane tells the wallet and the budgets what they have."""

import redis

from proxyapp.limits.names import CREDIT
from proxyapp.store import counters_name, wallet_name


def publish_credit(client: "redis.Redis", organization_id: int, credited: int, spent: int) -> None:
    """Set what an organization was ever given. `spent` counts only where Redis has no wallet for it yet.

    Absolute figures, so that saying it twice, or saying it late, changes nothing.
    """
    client.eval(CREDIT, 1, wallet_name(organization_id), str(credited), str(spent))


def publish_used(client: "redis.Redis", organization_id: int, key_id: int, used: int) -> None:
    """Set what a key has spent, unless Redis knows already."""
    client.hsetnx(counters_name(organization_id, key_id), "used", str(used))
