"""POST /v3/<model>: an order that is carried out while the client waits."""

import time
from datetime import timedelta
from typing import Any

import msgspec

from proxyapp.errors import UpstreamFailed, UpstreamRefused
from proxyapp.media import ending, files
from proxyapp.media.models import Endpoint, MediaTask
from proxyapp.media.submission import Order, submit, targets
from proxyapp.media.upstream import SYNC_SECONDS, Away, Provider, Refused
from proxyapp.snapshot import KeyFacts, Target

_KINDS = {"image_url": "images", "image_urls": "images", "video_url": "videos", "audio_url": "audios"}
_COPY_SECONDS = 30.0
_DEADLINE = timedelta(seconds=3 * SYNC_SECONDS)


def carry_out(key: KeyFacts, model: str, body: dict[str, Any], call_id: str) -> tuple[MediaTask, str, bytes]:
    """The task, and the content type and body of its answer; given back where there is none."""
    task = submit(key, Order(Endpoint.SYNC, model, body, _DEADLINE), call_id)
    try:
        target = targets(model)[0]
        content_type, answer = Provider(target).run(body)
        content_type, answer, results = _ours(task, target, content_type, answer)
    except Refused as refused:
        ending.fail(task, str(refused))
        raise UpstreamRefused(str(refused)) from None
    except Away:
        ending.fail(task, "The provider could not be reached.")
        raise UpstreamFailed(
            "The provider could not carry this out.", hint="It was not charged. Try again.", retry_after=2
        ) from None
    except BaseException:
        ending.fail(task, "The gateway failed.")
        raise
    ending.succeed(task, results)
    return task, content_type, answer


def _ours(
    task: MediaTask, target: Target, content_type: str, answer: bytes
) -> tuple[str, bytes, list[dict[str, str]]]:
    """The answer with the files that it points to copied, and links to the copies in their place."""
    if "json" not in content_type:
        known = content_type.partition(";")[0].strip().lower() in files.TYPES
        return content_type if known else "application/octet-stream", answer, []
    try:
        found = msgspec.json.decode(answer)
    except msgspec.MsgspecError as error:
        raise Away("the provider's answer cannot be read") from error
    copies = _Copies(task, target)
    return "application/json", msgspec.json.encode(copies.exchanged(found)), copies.results


class _Copies:
    """Puts links to our copies in the place of the provider's, within the time that a client waits."""

    def __init__(self, task: MediaTask, target: Target) -> None:
        self.results: list[dict[str, str]] = []
        self._task = task
        self._target = target
        self._until = time.monotonic() + _COPY_SECONDS

    def exchanged(self, value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self.exchanged(held, name) for name, held in value.items()}
        if isinstance(value, list):
            return [self.exchanged(held, field) for held in value]
        if field in _KINDS and isinstance(value, str) and value.startswith(("http://", "https://")):
            return self._link(value, _KINDS[field])
        return value

    def _link(self, url: str, kind: str) -> str:
        left = max(1.0, self._until - time.monotonic())
        made = files.copy(self._task, len(self.results) + 1, kind, url, self._target, left)
        self.results.append(made)
        return files.link(made, files.expiry(self._task.started_at))
