"""Calls under way while something breaks, and the one check that follows every fault."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import httpx
from django.db.models import Count, Sum

from billing.charges.services import balance
from billing.ledger.proof import prove
from billing.usage.models import UsageEvent
from portal.kit.redis import client
from portal.organizations.models import Organization
from proxyapp.store import wallet_name
from tests.support.stack import Stack
from tests.support.waiting import eventually

QUESTION = {"model": "sandbox-claude", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}


@dataclass
class Answers:
    """What clients were told: trace ids of whole answers, and how often each other status."""

    answered: list[str] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    broken: int = 0


async def calls(stack: Stack, key: str, seconds: float, clients: int = 8, script: str = "") -> Answers:
    """`clients` call one after the other for so long; every answer has to come within 30 seconds."""
    answers = Answers()
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    async with httpx.AsyncClient(base_url=stack.base_url, timeout=30) as http:

        async def call() -> None:
            headers = {"x-api-key": key, "x-sandbox-script": script}
            while loop.time() < until:
                try:
                    answer = await http.post("/v1/messages", json=QUESTION, headers=headers)
                except httpx.TransportError:
                    answers.broken += 1
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code == 200:
                    answers.answered.append(answer.headers["x-trace-id"])
                else:
                    assert answer.headers["retry-after"], answer.text
                    answers.refused[answer.status_code] = answers.refused.get(answer.status_code, 0) + 1
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(call() for _ in range(clients)))
    return answers


def assert_nothing_lost(organization: Organization, answers: Answers, seconds: float = 30) -> None:
    """Every answered call is booked once; no hold is left; Redis, events, roll-ups and ledger agree."""
    events = UsageEvent.platform.filter(organization=organization)

    def booked() -> set[str]:
        return {call_id.hex for call_id in events.values_list("call_id", flat=True)}

    eventually(lambda: set(answers.answered) <= booked(), seconds)
    eventually(lambda: _wallet(organization)["held"] == 0, seconds)
    twice = events.values("call_id").annotate(times=Count("call_id")).filter(times__gt=1)
    assert not twice.exists()
    eventually(lambda: _agrees(organization), seconds)
    assert prove() == []


def _agrees(organization: Organization) -> bool:
    charged = UsageEvent.platform.filter(organization=organization).aggregate(all=Sum("charged"))["all"] or 0
    wallet = _wallet(organization)
    return charged == balance(organization.pk).spent == wallet["spent"] and (
        wallet["avail"] == wallet["credited"] - wallet["spent"] - wallet["held"]
    )


def _wallet(organization: Organization) -> dict[str, int]:
    fields = cast(dict[bytes, bytes], client().hgetall(wallet_name(organization.pk)))
    return {"held": -1, "spent": -1, "avail": 0, "credited": 0} | {
        name.decode(): int(amount) for name, amount in fields.items()
    }
