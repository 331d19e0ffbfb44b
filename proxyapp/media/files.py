"""Results as files of ours: copied from the provider, kept for seven days, served by signed links."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import default_storage

from proxyapp.media.models import MediaTask
from proxyapp.media.upstream import FILE_SECONDS, MOST_FILE, Away
from proxyapp.snapshot import Target
from proxyapp.upstream.errand import FAILURES, TooMuch, client

KEPT = timedelta(days=7)
TYPES = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/pcm": "pcm",
}
"""What is served as what it is; anything else as what is usual for its kind, so never as a page."""

_SALT = "proxyapp.media.files"
_USUAL = {"images": "png", "videos": "mp4", "audios": "wav"}
_HOPS = 3
_MEMORY = 8 * 1024 * 1024


def copy(
    task: MediaTask, number: int, kind: str, url: str, target: Target, seconds: float = FILE_SECONDS
) -> dict[str, str]:
    """Fetch one result the way its provider is reached, and keep it; Away where it cannot be had."""
    with tempfile.SpooledTemporaryFile(_MEMORY) as held:
        try:
            with (
                client(
                    seconds=seconds,
                    allow_private=target.route.allow_private,
                    authority=target.road.authority,
                    proxy=target.road.proxy,
                    redirects=_HOPS,
                ) as caller,
                caller.stream("GET", url) as response,
            ):
                response.raise_for_status()
                for part in _bounded(response):
                    held.write(part)
        except FAILURES as error:
            raise Away(f"a result could not be fetched: {type(error).__name__}") from error
        held.seek(0)
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        extension = TYPES.get(content_type) or _ending(url) or _USUAL[kind]
        # Named after the turn: whoever took the task up before and is still at it writes to files of its own.
        name = f"{_folder(task)}/{task.turn}-{number}.{extension}"
        return {"kind": kind, "name": default_storage.save(name, File(held)), "type": extension}


def forget(task: MediaTask) -> None:
    """With what was left by those who died, or failed, half way."""
    folder = _folder(task)
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)


def expiry(ended_at: datetime | None) -> int:
    """When links end that were made for a task which ended then, in seconds since 1970."""
    return int(ended_at.timestamp() + KEPT.total_seconds()) if ended_at else 0


def link(result: dict[str, str], until: int) -> str:
    facts = {"n": result["name"], "t": result["type"], "e": until}
    return f"{settings.BASE_URL}/v3/files/{signing.dumps(facts, salt=_SALT)}"


def opened(token: str) -> dict[str, Any] | None:
    """What a link points to; None where it is not one of ours, or its time is over."""
    try:
        facts: dict[str, Any] = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return facts if facts["e"] > time.time() else None


def _folder(task: MediaTask) -> str:
    return f"{task.organization_id}/{task.pk}"


def _bounded(response: httpx.Response) -> Iterator[bytes]:
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MOST_FILE:
            raise TooMuch
        yield part


def _ending(url: str) -> str:
    """What the address says of its type, where the answer says nothing that we know."""
    ending = urlsplit(url).path.rpartition(".")[2].lower().replace("jpg", "jpeg")
    return ending if ending in TYPES.values() else ""
