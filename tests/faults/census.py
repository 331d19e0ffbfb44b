"""What a leak would let grow: descriptors and tasks of the processes, connections to the servers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from django.db import connections

from portal.kit.redis import client
from tests.faults.processes import pid_of
from tests.support.stack import Stack
from tests.support.waiting import eventually

GATEWAYS = ("web-1", "web-2")
_DOORS = 16
# Connections that rest for a while: to the sandbox, and those of threads to PostgreSQL.
_RESTING = 20


@dataclass(frozen=True)
class Census:
    """Counts by what is counted."""

    counts: dict[str, int]

    def exceeded_by(self, later: "Census") -> dict[str, tuple[int, int]]:
        """Where `later` has more than resting connections explain."""
        return {
            name: (count, later.counts[name])
            for name, count in self.counts.items()
            if later.counts[name] > count + (0 if name.startswith("calls") else _RESTING)
        }


def take(stack: Stack) -> Census:
    counts = {f"descriptors of {name}": _descriptors(pid_of(stack, name)) for name in (*GATEWAYS, "worker")}
    for name, facts in zip(GATEWAYS, _gateways(stack), strict=True):
        counts |= {f"tasks of {name}": facts["tasks"], f"calls of {name}": facts["calls"]}
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        counts["connections to PostgreSQL"] = int(cursor.fetchone()[0])
    counts["connections to Redis"] = len(client().client_list())
    return Census(counts)


def assert_no_leak(stack: Stack, before: Census) -> None:
    connections.close_all()  # ours, too, may be to a server that was killed
    eventually(lambda: not before.exceeded_by(take(stack)), seconds=30)


def _descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _gateways(stack: Stack) -> list[dict[str, Any]]:
    """What each gateway says of itself: asked over enough fresh connections at once that each gets some."""
    wanted = [pid_of(stack, name) for name in GATEWAYS]

    def all_of_them() -> list[dict[str, Any]]:
        with ThreadPoolExecutor(_DOORS) as doors:
            told = {facts["pid"]: facts for facts in doors.map(lambda _: _ask(stack), range(_DOORS))}
        return [told[pid] for pid in wanted] if told.keys() >= set(wanted) else []

    return eventually(all_of_them, seconds=30)


def _ask(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{stack.base_url}/healthz?verbose", timeout=10).json()
    return found
