"""Redis names of what limits keep, and the scripts that move it."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from proxyapp.store import counters_name, wallet_name

_HERE = Path(__file__).parent
RESERVE = (_HERE / "reserve.lua").read_text()
SETTLE = (_HERE / "settle.lua").read_text()
CHECKPOINT = (_HERE / "checkpoint.lua").read_text()
CREDIT = (_HERE / "credit.lua").read_text()
RESTORE = (_HERE / "restore.lua").read_text()
REFUND = (_HERE / "refund.lua").read_text()


def requests_name(organization_id: int, key_id: int) -> str:
    """List of the times (ms) of a key's latest requests, newest first: an exact moving minute."""
    return f"tg:{{{organization_id}}}:requests:{key_id}"


def hold_name(organization_id: int, call_id: str) -> str:
    """Hash of one reservation: `hold` nano-USD, and the `event` to book should its gateway die."""
    return f"tg:{{{organization_id}}}:hold:{call_id}"


def holds_name(gateway_id: str) -> str:
    """Set of the reservations of one gateway process, as ``organization:key:call``."""
    return f"tg:holds:{gateway_id}"


def member(organization_id: int, key_id: int, call_id: str) -> str:
    return f"{organization_id}:{key_id}:{call_id}"


class KeyNames(NamedTuple):
    """Everything of one key; `hold` and `member` go on with the id of a call."""

    wallet: str
    counters: str
    requests: str
    hold: str
    member: str


@lru_cache(maxsize=10_000)
def of_key(organization_id: int, key_id: int) -> KeyNames:
    """The names that every call of this key needs."""
    return KeyNames(
        wallet_name(organization_id),
        counters_name(organization_id, key_id),
        requests_name(organization_id, key_id),
        hold_name(organization_id, ""),
        member(organization_id, key_id, ""),
    )


def split_member(text: str) -> tuple[int, int, str]:
    organization_id, key_id, call_id = text.split(":")
    return int(organization_id), int(key_id), call_id
