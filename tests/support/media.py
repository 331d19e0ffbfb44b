"""Media of the sandbox: put on offer, ordered over the wire, and what became of it."""

import itertools
import os
from typing import Any

import httpx
from django.utils import timezone

from portal.catalogue import services
from portal.catalogue.models import Provider
from portal.organizations.models import Organization
from proxyapp.media.models import MediaTask, Posting
from proxyapp.usage import METERS
from tests.support.provider import provider_at
from tests.support.stack import Stack
from tests.support.waiting import eventually

NANO = 40_000_000
"""What an image, a second or a call costs here: 0.04 USD."""

_number = itertools.count(1)


def offer(
    script: str = "", *, kind: str = "image", meter: str = "images", provider: Provider | None = None
) -> str:
    """A fresh model, priced by one meter, served by the sandbox."""
    name = f"{kind}-{os.getpid()}-{next(_number)}"
    with services.as_one():
        model = services.add_model(name=name, actor=None)
        rates = dict.fromkeys(METERS, 0) | {meter: NANO * 1_000}
        cost = dict.fromkeys(METERS, 0) | {meter: NANO * 500}
        services.set_price(book="sell", model=model, rates=rates, actor=None)
        services.set_price(book="cost", model=model, rates=cost, actor=None)
        services.set_route(
            model=model,
            provider=provider or Provider.objects.get(name="Sandbox"),
            protocol="media_v3",
            upstream_model=name + script,
            actor=None,
        )
    return name


def media_at(url: str, *, allow_private: bool = True) -> Provider:
    """A fresh provider of media at `url`."""
    provider = provider_at(url, allow_private=allow_private)
    services.set_address(provider=provider, protocol="media_v3", base_url=url, actor=None)
    return provider


def ask(stack: Stack, key: str, path: str, method: str = "POST", **request: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.request(method, f"{stack.base_url}/v3/{path}", headers=headers, timeout=60, **request)


def order(stack: Stack, key: str, model: str, **body: Any) -> str:
    """The id of an accepted task."""
    answer = ask(stack, key, f"async/{model}", json={"prompt": "a lighthouse"} | body)
    assert answer.status_code == 200, answer.text
    task_id: str = answer.json()["task_id"]
    return task_id


def result(stack: Stack, key: str, task_id: str) -> dict[str, Any]:
    answer = ask(stack, key, "async/task-result", "GET", params={"task_id": task_id})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(stack: Stack, key: str, task_id: str, status: str) -> dict[str, Any]:
    """The result of a task, which must end so."""

    def is_over() -> bool:
        task = result(stack, key, task_id)["task"]
        hurry(task_id)
        return task["status"] in ("TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED")

    eventually(is_over, seconds=30)
    found = result(stack, key, task_id)
    assert found["task"]["status"] == status, found
    return found


def hurry(task_id: str) -> None:
    """Have the next step now, if nobody is at it."""
    task = row(task_id)
    if task.is_live and not task.is_in_hand:
        MediaTask.objects.using("platform").filter(pk=task_id, turn=task.turn).update(
            next_step_at=timezone.now()
        )


def row(task_id: str) -> MediaTask:
    return MediaTask.objects.using("platform").get(pk=task_id)


def only(organization: Organization) -> MediaTask:
    return MediaTask.objects.using("platform").get(organization_id=organization.pk)


def settled(organization: Organization) -> list[Posting]:
    """The postings of an organization, once PostgreSQL has all of their events."""
    mine = Posting.objects.using("platform").filter(organization_id=organization.pk)
    eventually(lambda: not mine.filter(booked_at=None).exists(), seconds=20)
    return list(mine.order_by("pk"))
