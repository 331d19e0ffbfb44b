"""Tollgate as its users start it, on cores of its own, with everything switched on that it has."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import redis

from portal.embedded import environment
from portal.embedded.layout import DataDirectory
from portal.embedded.leftovers import read_records
from portal.embedded.processtable import wait_until
from proxyapp.store import STREAM
from tests.bench import bodies, machine
from tests.bench.machine import Cores
from tests.bench.programs import CannotMeasure
from tests.bench.target import Groups, Target, answers
from tests.support.provisioned import NotProvisioned, provision
from tests.support.stack import Stack, running

ORGANIZATIONS = 10
_PATIENCE = 60.0
_CELERY = ("worker", "beat")
_OFFER = """
[[providers]]
name = "bench"
protocols = {{ openai_chat = "{upstream}", anthropic = "{upstream}" }}
allow_private_addresses = true
credentials = [{{ name = "only", value = "sk-a-secret-of-the-bench-at-its-own-upstream" }}]

[[models]]
name = "{model}"
routes = [
  {{ provider = "bench", protocol = "openai_chat", upstream = "{model}" }},
  {{ provider = "bench", protocol = "anthropic", upstream = "{model}" }},
]
price = {{ input = 3, output = 15, cache_read = "0.30" }}
cost = {{ input = 2, output = 10, cache_read = "0.20" }}

[[models]]
name = "{only_messages}"
routes = [{{ provider = "bench", protocol = "anthropic", upstream = "{model}" }}]
price = {{ input = 3, output = 15, cache_read = "0.30" }}

[[models]]
name = "{only_chat}"
routes = [{{ provider = "bench", protocol = "openai_chat", upstream = "{model}" }}]
price = {{ input = 3, output = 15, cache_read = "0.30" }}
"""
# Limits and budget are there, and never bind.
_ORGANIZATION = """
[[organizations]]
name = "Bench {number}"
owner = "bench@example.org"
credit = 10_000_000
enforcement = "hard"
[[organizations.keys]]
name = "one"
limits = {{ rpm = 2_000_000, concurrency = 20_000 }}
budget = {{ total = 10_000_000 }}
[[organizations.keys]]
name = "two"
"""


@dataclass(frozen=True)
class Gateway:
    """A running stack with one web worker on the measured core, all else on the others."""

    stack: Stack
    cores: Cores

    @property
    def data(self) -> DataDirectory:
        return DataDirectory.at(self.stack.data)

    @property
    def secrets(self) -> Path:
        """Where `provision` has written them."""
        return self.stack.data.parent / "secrets.json"

    def secret(self, organization: int) -> str:
        """The first key of an organization."""
        issued = json.loads(self.secrets.read_text())["organizations"]
        found: str = issued[f"Bench {organization}"]["keys"]["one"]
        return found

    def groups(self) -> Groups:
        pids = {record.name: record.pid for record in read_records(self.data.processes) if record.alive()}
        if not {"web-1", "valkey", "postgres", *_CELERY} <= pids.keys():
            raise CannotMeasure(f"A process of the stack has ended; its logs are in {self.data.log}")
        return {
            "own": [pids["web-1"]],
            "valkey": [pids["valkey"]],
            "postgres": [pids["postgres"]],
            "celery": [pids[name] for name in _CELERY],
        }

    def redis(self) -> "redis.Redis":
        return redis.Redis.from_url(environment.redis_url(self.data))

    def postgres(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(environment.database_urls(self.data)["DATABASE_PLATFORM_URL"], autocommit=True)

    def pin(self) -> None:
        """The web worker to its core, all else of the stack to the others. What no call waits for gives way
        there to what it does wait for: load, upstream, Valkey."""
        groups = self.groups()
        machine.pin([self.stack.process.pid], self.cores.others)
        machine.pin(groups["own"], self.cores.measured)
        machine.give_way([*groups["postgres"], *groups["celery"]])

    def settle(self) -> None:
        """Wait until PostgreSQL has every event."""
        client = self.redis()
        if not wait_until(lambda: client.xlen(STREAM) == 0, 2 * _PATIENCE):
            raise CannotMeasure(f"Usage events are not drained; logs are in {self.data.log}")

    def renew(self) -> None:
        """A fresh web worker; the supervisor starts it when the old one has ended."""
        [old] = self.groups()["own"]
        os.kill(old, signal.SIGTERM)

        def fresh() -> bool:
            pids = [record.pid for record in read_records(self.data.processes) if record.name == "web-1"]
            return pids not in ([], [old]) and answers(f"{self.stack.base_url}/readyz")

        if not wait_until(fresh, _PATIENCE):
            raise CannotMeasure(f"The web worker did not come back; logs are in {self.data.log}")
        self.pin()

    def target(self, key: str) -> Target:
        headers = (f"Authorization: Bearer {key}", "anthropic-version: 2023-06-01")
        return Target("gateway", self.stack.base_url, self.groups, headers, self.settle, self.renew)


@contextmanager
def running_gateway(folder: Path, upstream: str, cores: Cores) -> Iterator[tuple[Gateway, Target]]:
    """The stack, on offer to a few organizations, and as a target with a key of the first of them."""
    data = folder / "stack"
    data.mkdir(mode=0o711)
    with running(data, workers=1) as started:
        gateway = Gateway(started, cores)
        gateway.pin()
        _provision(gateway, upstream)
        key = gateway.secret(0)
        if not wait_until(lambda: _serves(started, key), _PATIENCE):
            raise CannotMeasure(
                f"The gateway does not serve the bench's model; logs are in {gateway.data.log}"
            )
        yield gateway, gateway.target(key)


def _provision(gateway: Gateway, upstream: str) -> None:
    """Bring about provider, model, organizations and their keys."""
    organizations = [_ORGANIZATION.format(number=number) for number in range(ORGANIZATIONS)]
    offer = _OFFER.format(
        upstream=upstream,
        model=bodies.MODEL,
        only_messages=bodies.ELSEWHERE["chat"],
        only_chat=bodies.ELSEWHERE["messages"],
    )
    document = offer + "".join(organizations)
    try:
        provision(gateway.stack.data, document, gateway.secrets)
    except NotProvisioned as reason:
        raise CannotMeasure(str(reason)) from None


def _serves(stack: Stack, key: str) -> bool:
    time.sleep(0.2)
    answer = httpx.post(
        stack.base_url + bodies.PATHS["chat"],
        content=bodies.body("chat", 400),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
        timeout=10,
    )
    return answer.status_code == 200
