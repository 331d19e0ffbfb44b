"""Orders and what came of them. An order is written into its task id, so a restart forgets nothing."""

import base64
import binascii
import time
from typing import Any

import msgspec

from proxyapp.sandbox.refusal import Refusal
from proxyapp.sandbox.script import Script

_USUAL_MS = 300
_MOST = 1_000
_COUNTS = ("n", "num_images", "max_images", "image_num", "sample_count")
_KINDS = (("video", "videos"), ("i2v", "videos"), ("t2v", "videos"), ("speech", "audios"), ("tts", "audios"))
FORMS = {"images": ("image", "png"), "videos": ("video", "mp4"), "audios": ("audio", "wav")}


class Order(msgspec.Struct, frozen=True):
    """`at` is milliseconds since 1970; `render` is how long it takes."""

    model: str
    at: int
    render: int
    count: int
    fails: bool
    stubborn: bool
    number: int


class Studio:
    """Takes orders; remembers those that were called off."""

    def __init__(self) -> None:
        self._cancelled: set[str] = set()
        self._orders = 0

    def order(self, model: str, script: Script, body: dict[str, Any]) -> str:
        self._orders += 1
        render = _USUAL_MS if script.render is None else script.render
        made = Order(model, _now(), render, count_of(body), script.fails, script.stubborn, self._orders)
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(made)).decode().rstrip("=")

    def cancel(self, task_id: str) -> None:
        order = read(task_id)
        if _now() >= order.at + order.render or order.stubborn:
            raise Refusal(400, "The task cannot be cancelled.")
        self._cancelled.add(task_id)

    def result(self, task_id: str, base_url: str) -> dict[str, Any]:
        """The task-result body."""
        order = read(task_id)
        passed = _now() - order.at
        progress = 100 if passed >= order.render else passed * 100 // order.render
        status, reason = "TASK_STATUS_PROCESSING", ""
        if task_id in self._cancelled:
            status, reason = "TASK_STATUS_FAILED", "cancelled"
        elif progress == 100:
            status = "TASK_STATUS_FAILED" if order.fails else "TASK_STATUS_SUCCEED"
            reason = "The sandbox was scripted to fail." if order.fails else ""
        task = {
            "task_id": task_id,
            "task_type": "SANDBOX",
            "status": status,
            "reason": reason,
            "eta": 0,
            "progress_percent": progress,
        }
        files = _files(order, base_url) if status == "TASK_STATUS_SUCCEED" else {}
        return {"extra": {}, "task": task, "images": [], "videos": [], "audios": [], **files}


def read(task_id: str) -> Order:
    try:
        packed = base64.urlsafe_b64decode(task_id + "=" * (-len(task_id) % 4))
        return msgspec.msgpack.decode(packed, type=Order)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Refusal(404, "task not found", code="TASK_NOT_FOUND") from None


def kind_of(model: str) -> str:
    name = model.partition("~")[0]
    return next((kind for word, kind in _KINDS if word in name), "images")


def count_of(body: dict[str, Any]) -> int:
    """How many are ordered, as far as that can be carried out."""
    asked = next((body[name] for name in _COUNTS if isinstance(body.get(name), int)), 1)
    return max(1, min(asked, _MOST))


def links(kind: str, count: int, base_url: str) -> list[str]:
    return [f"{base_url}/v3/files/{number}.{FORMS[kind][1]}" for number in range(1, count + 1)]


def _files(order: Order, base_url: str) -> dict[str, Any]:
    kind = kind_of(order.model)
    form, ending = FORMS[kind]
    return {
        kind: [
            {f"{form}_url": url, f"{form}_url_ttl": 3600, f"{form}_type": ending}
            for url in links(kind, order.count, base_url)
        ]
    }


def _now() -> int:
    return time.time_ns() // 1_000_000
