"""The sandbox as a provider of media: orders, their progress and end, and files that are what they say."""

import io
import time
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

KEY = {"Authorization": "Bearer anything"}


@pytest.fixture
def media(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{address}/v3/", headers=KEY) as client:
        yield client


def result(media: httpx.Client, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = media.get("async/task-result", params={"task_id": task_id}).json()
    return found


def order(media: httpx.Client, model: str, **body: Any) -> str:
    task_id: str = media.post(f"async/{model}", json=body).json()["task_id"]
    return task_id


def test_it_works(media: httpx.Client) -> None:
    found = result(media, order(media, "image~render-0", n=2))
    assert found["task"]["status"] == "TASK_STATUS_SUCCEED"
    first, second = found["images"]
    assert first["image_url"] != second["image_url"]
    assert httpx.get(first["image_url"]).content.startswith(b"\x89PNG\r\n\x1a\n")


def test_progress(media: httpx.Client) -> None:
    task = result(media, order(media, "image~render-60000"))["task"]
    assert task["status"] == "TASK_STATUS_PROCESSING"
    assert 0 <= task["progress_percent"] < 100


def test_a_failure(media: httpx.Client) -> None:
    found = result(media, order(media, "image~render-0~fails"))
    assert (found["task"]["status"], found["images"]) == ("TASK_STATUS_FAILED", [])


def test_film_by_its_own_address(media: httpx.Client) -> None:
    task_id = media.post("video/create", json={"model": "video~render-0"}).json()["task_id"]
    (made,) = result(media, task_id)["videos"]
    assert b"ftyp" in httpx.get(made["video_url"]).content


def test_sound_at_once(media: httpx.Client) -> None:
    with wave.open(io.BytesIO(media.post("speech", json={"text": "Hi"}).content)) as sound:
        assert (sound.getnframes(), sound.getframerate()) == (800, 8_000)


def test_images_at_once(media: httpx.Client) -> None:
    assert len(media.post("image", json={"n": 3}).json()["image_urls"]) == 3


def test_cancel(media: httpx.Client) -> None:
    task_id = order(media, "image~render-60000")
    assert media.post("async/cancel", json={"task_id": task_id}).status_code == 200
    assert result(media, task_id)["task"]["reason"] == "cancelled"


@pytest.mark.parametrize("script", ["~render-0", "~render-60000~stubborn"])
def test_cancel_in_vain(media: httpx.Client, script: str) -> None:
    task_id = order(media, "image" + script)
    time.sleep(0.002)
    assert media.post("async/cancel", json={"task_id": task_id}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "async/task-result?task_id=nothing", 404, "TASK_NOT_FOUND"),
        ("GET", "nothing", 404, "API_NOT_FOUND"),
        ("GET", "files/1.exe", 404, "API_NOT_FOUND"),
        ("POST", "async/image~status-429", 429, "INTERNAL"),
        ("POST", "async/image~nonsense", 400, "INVALID_REQUEST_BODY"),
    ],
)
def test_flat_errors(media: httpx.Client, method: str, path: str, status: int, reason: str) -> None:
    answer = media.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (status, status, reason)


def test_a_key_is_needed(media: httpx.Client) -> None:
    assert httpx.post(f"{media.base_url}async/image", json={}).status_code == 401
