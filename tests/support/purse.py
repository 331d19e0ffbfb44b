"""What the gateway knows of credit and limits at this moment, as numbers."""

from typing import Any

from portal.keys.models import ApiKey
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import counters_name, wallet_name


def command(*arguments: str | int) -> Any:
    """Any command to the stack's Redis."""
    redis: Any = client()
    return redis.execute_command(*arguments)


def wallet(organization: Organization) -> dict[str, int]:
    """`credited`, `spent`, `held` and `avail`, nano-USD."""
    return _numbers(wallet_name(organization.pk))


def counters(key: ApiKey) -> dict[str, int]:
    """`used` and `held` nano-USD, `live` calls; those that the key has so far."""
    return _numbers(counters_name(key.organization_id, key.pk))


def is_free(key: ApiKey) -> bool:
    """Nothing is held for any call of this key's organization, and no place is taken."""
    found, money = counters(key), _numbers(wallet_name(key.organization_id))
    return not (money["held"] or found.get("held") or found.get("live"))


def leave(organization: Organization, nano: int) -> None:
    """Let the wallet have just so much left, as if it had been given no more than that."""
    name, free = wallet_name(organization.pk), wallet(organization)["avail"]
    for field in ("avail", "credited"):
        command("HINCRBY", name, field, nano - free)


def _numbers(name: str) -> dict[str, int]:
    redis: Any = client()
    return {field.decode(): int(value) for field, value in redis.hgetall(name).items()}
