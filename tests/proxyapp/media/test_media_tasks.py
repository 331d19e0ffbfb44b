"""A media task from its order to its files, in the shapes that clients of /v3 know."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.ledger.proof import prove
from billing.usage.models import UsageEvent
from portal.accounts.models import User
from portal.organizations.models import Organization
from proxyapp.media import work
from proxyapp.media.models import MediaTask
from tests.support import cast, sandbox
from tests.support.media import NANO, ask, ended, offer, order, result, row, settled
from tests.support.purse import wallet
from tests.support.stack import Stack
from tests.support.waiting import eventually


def booked(organization: Organization) -> UsageEvent:
    events = UsageEvent.platform.filter(organization=organization)
    return eventually(lambda: list(events))[0]


def test_it_works(stack: Stack, acme: Organization, key: str) -> None:
    task_id = order(stack, key, offer(), n=2)
    found = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    assert set(found) == {"extra", "task", "images", "videos", "audios"}
    assert found["task"] | {"task_type": ""} == {
        "task_id": task_id,
        "task_type": "",
        "status": "TASK_STATUS_SUCCEED",
        "reason": "",
        "eta": 0,
        "progress_percent": 100,
    }
    assert [(image["image_type"], type(image["image_url_ttl"])) for image in found["images"]] == [
        ("png", int)
    ] * 2
    for image in found["images"]:
        answer = httpx.get(image["image_url"])
        assert (answer.headers["content-type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert (found["videos"], found["audios"]) == ([], [])
    event = booked(acme)
    assert (event.images, event.calls, event.charged, event.cost) == (2, 1, 2 * NANO, NANO)
    assert event.protocol == "media_v3"
    settled(acme)
    assert wallet(acme)["spent"] == 2 * NANO
    assert prove() == []


@pytest.mark.parametrize(
    ("kind", "list_", "field", "magic"),
    [("video", "videos", "video", b"ftyp"), ("speech", "audios", "audio", b"RIFF")],
)
def test_film_and_sound(stack: Stack, key: str, kind: str, list_: str, field: str, magic: bytes) -> None:
    task_id = order(stack, key, offer(kind=kind, meter="calls"))
    (made,) = ended(stack, key, task_id, "TASK_STATUS_SUCCEED")[list_]
    assert isinstance(made[f"{field}_url_ttl"], str)  # a number for images, text for the others: so it is
    assert magic in httpx.get(made[f"{field}_url"]).content


def test_one_address_for_all_films(stack: Stack, acme: Organization, key: str) -> None:
    model = offer(kind="video", meter="seconds")
    answer = ask(stack, key, "video/create", json={"model": model, "prompt": "sea", "duration": "5"})
    assert answer.headers["x-gateway-cost-usd"] == "0.20"
    ended(stack, key, answer.json()["task_id"], "TASK_STATUS_SUCCEED")
    event = booked(acme)
    assert (event.seconds, event.charged) == (5, 5 * NANO)


def test_progress_is_told(stack: Stack, key: str) -> None:
    task_id = order(stack, key, offer("~render-4000"))

    def progress() -> bool:
        task = result(stack, key, task_id)["task"]
        return bool(task["status"] == "TASK_STATUS_PROCESSING" and 0 < task["progress_percent"] < 100)

    eventually(progress)


def test_at_once(stack: Stack, acme: Organization, key: str) -> None:
    answer = ask(stack, key, offer(), json={"prompt": "a lighthouse", "n": 2})
    assert answer.status_code == 200
    first, second = answer.json()["image_urls"]
    assert re.match(rf"{stack.base_url}/v3/files/", first)
    assert httpx.get(second).content[:4] == b"\x89PNG"
    assert answer.headers["x-gateway-cost-usd"] == "0.08"
    assert len(answer.headers["x-trace-id"]) == 32
    settled(acme)
    assert wallet(acme)["spent"] == 2 * NANO


def test_sound_at_once_is_sound(stack: Stack, key: str) -> None:
    model = offer(kind="speech", meter="characters")
    answer = ask(stack, key, model, json={"text": "Hello", "voice": "alto"})
    assert (answer.headers["content-type"], answer.content[:4]) == ("audio/wav", b"RIFF")
    assert answer.headers["x-gateway-cost-usd"] == "0.20"


def test_a_client_may_say_what_it_accepts(stack: Stack, key: str) -> None:
    """Of the sound that it orders, not of what we say about it."""
    path = f"{stack.base_url}/v3/{offer(kind='speech', meter='calls')}"
    headers = {"Authorization": f"Bearer {key}", "Accept": "audio/wav"}
    answer = httpx.post(path, json={"text": "Hello"}, headers=headers, params={"format": "wav"}, timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")


def test_an_order_does_not_tell_the_provider_whom_we_tell(stack: Stack, key: str) -> None:
    model = offer("~tag-order")
    webhook = {"webhook": {"url": "http://127.0.0.1:9/"}, "seed": 7}
    ended(stack, key, order(stack, key, model, extra=webhook), "TASK_STATUS_SUCCEED")
    assert b"webhook" not in sandbox.last("order").body
    assert b'"seed":7' in sandbox.last("order").body


def test_large_pictures_are_not_kept(stack: Stack, key: str) -> None:
    """Not even until the end: each look at the task would read them."""
    task_id = order(stack, key, offer("~render-600000"), image="x" * 100_000)
    eventually(lambda: row(task_id).upstream_task_id)
    assert row(task_id).request == {}


def test_what_was_accepted_is_never_lost(stack: Stack, key: str, acme: Organization) -> None:
    """Its files go after seven days, itself never."""
    task_id = order(stack, key, offer())
    ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
    task = row(task_id)
    assert task.ended_at
    MediaTask.objects.using("platform").filter(pk=task_id).update(ended_at=task.ended_at - timedelta(days=8))
    work.purge()
    found = result(stack, key, task_id)
    assert (found["task"]["status"], found["images"]) == ("TASK_STATUS_SUCCEED", [])
    assert "seven days" in found["task"]["reason"]
    assert not row(task_id).files_kept


def test_files_that_cannot_be_deleted_do_not_keep_the_others(stack: Stack, key: str) -> None:
    task_ids = [order(stack, key, offer()) for _ in range(2)]
    for task_id in task_ids:
        ended(stack, key, task_id, "TASK_STATUS_SUCCEED")
        MediaTask.objects.using("platform").filter(pk=task_id).update(ended_at=timezone.now() - timedelta(8))
    name = row(task_ids[0]).results[0]["name"]
    Path(default_storage.path(name)).with_name("folder").mkdir()
    work.purge()
    assert [row(task_id).files_kept for task_id in task_ids] == [True, False]


def test_a_result_is_nothing_but_its_type(stack: Stack, key: str) -> None:
    """Whatever a provider has put into it."""
    (image,) = ended(stack, key, order(stack, key, offer()), "TASK_STATUS_SUCCEED")["images"]
    assert httpx.get(image["image_url"]).headers["x-content-type-options"] == "nosniff"


def test_a_link_that_was_tampered_with_leads_nowhere(stack: Stack, key: str) -> None:
    (image,) = ended(stack, key, order(stack, key, offer()), "TASK_STATUS_SUCCEED")["images"]
    assert httpx.get(image["image_url"] + "x").status_code == 404


def test_strangers_do_not_find_it(stack: Stack, key: str, globex: Organization, charlie: User) -> None:
    task_id = order(stack, key, offer())
    stranger = cast.key(globex, charlie)
    for answer in (
        ask(stack, stranger, "async/task-result", "GET", params={"task_id": task_id}),
        ask(stack, stranger, "async/cancel", json={"task_id": task_id}),
    ):
        assert (answer.status_code, answer.json()["reason"]) == (404, "TASK_NOT_FOUND")


def test_every_key_of_the_organization_finds_it(
    stack: Stack, key: str, acme: Organization, bob: User
) -> None:
    task_id = order(stack, key, offer())
    assert result(stack, cast.key(acme, bob), task_id)["task"]["task_id"] == task_id
