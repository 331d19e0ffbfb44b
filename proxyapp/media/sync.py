"""POST /v3/<model>: an order that is carried out while the client waits."""

from datetime import timedelta
from typing import Any

import msgspec

from proxyapp.errors import UpstreamFailed, UpstreamRefused
from proxyapp.media import ending, files
from proxyapp.media.models import Endpoint, MediaTask
from proxyapp.media.submission import Order, submit, targets
from proxyapp.media.upstream import FILE_SECONDS, SYNC_SECONDS, Away, Provider, Refused
from proxyapp.snapshot import KeyFacts, Target

PATIENCE = SYNC_SECONDS + 30
"""How long a client may have to wait for an answer to begin."""

_KINDS = {"image_url": "images", "image_urls": "images", "video_url": "videos", "audio_url": "audios"}
_DEADLINE = timedelta(seconds=2 * SYNC_SECONDS + FILE_SECONDS)


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
        return content_type, answer, []
    try:
        found = msgspec.json.decode(answer)
    except msgspec.MsgspecError as error:
        raise Away("the provider's answer cannot be read") from error
    results: list[dict[str, str]] = []
    found = _exchanged(task, target, found, results, "")
    return "application/json", msgspec.json.encode(found), results


def _exchanged(task: MediaTask, target: Target, value: Any, results: list[dict[str, str]], field: str) -> Any:
    if isinstance(value, dict):
        return {name: _exchanged(task, target, held, results, name) for name, held in value.items()}
    if isinstance(value, list):
        return [_exchanged(task, target, held, results, field) for held in value]
    if field not in _KINDS or not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    results.append(files.copy(task, len(results) + 1, _KINDS[field], value, target))
    return files.link(results[-1], files.expiry(task.started_at))
