"""POST /v3/<model>: an order that is carried out while the client waits."""

import time
from datetime import timedelta
from typing import Any

import msgspec
from django.db import connection

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
    connection.close()  # PostgreSQL has few, and this may take minutes
    try:
        target = targets(model)[0]
        content_type, answer = Provider(target).run(body)
        content_type, answer, results = _ours(task, target, content_type, answer)
    except Refused as refused:
        ending.fail(task, str(refused))
        raise UpstreamRefused(str(refused)) from None
    except Away:
        ending.fail(task, "The provider could not be reached.")
        raise _failed() from None
    except BaseException:
        ending.fail(task, "The gateway failed.")
        raise
    if not ending.succeed(task, results):
        raise _failed()  # the clock has given it up and given back
    return task, content_type, answer


def _failed() -> UpstreamFailed:
    return UpstreamFailed(
        "The provider could not carry this out.", hint="It was not charged. Try again.", retry_after=2
    )


def _ours(
    task: MediaTask, target: Target, content_type: str, answer: bytes
) -> tuple[str, bytes, list[dict[str, str]]]:
    """The answer with the files that it points to copied, and links to the copies in their place."""
    name = content_type.partition(";")[0].strip().lower()
    if "json" not in name:
        return content_type if name in files.TYPES else "application/octet-stream", answer, []
    copies = _Copies(task, target)
    try:
        ours = msgspec.json.encode(copies.exchanged(msgspec.json.decode(answer)))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Away("the provider's answer cannot be read") from error
    return "application/json", ours, copies.results


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
        left = self._until - time.monotonic()
        if left <= 0:
            raise Away("the results could not be fetched in time")
        made = files.copy(self._task, len(self.results) + 1, kind, url, self._target, left)
        self.results.append(made)
        return files.link(made, files.expiry(self._task.started_at))
