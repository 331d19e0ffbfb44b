"""Results to whoever has their link: whole, or the part that a player asks for (`Range`, RFC 9110 §14)."""

import re
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from proxyapp.media import files

_PART = 256 * 1024
_RANGE = re.compile("bytes=([0-9]{1,15})?-([0-9]{1,15})?")
_CONTENT_TYPES = {extension: name for name, extension in reversed(files.TYPES.items())}


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    found = files.opened(token)
    if found is None or not default_storage.exists(found["n"]):
        return HttpResponse("This link has ended, or never was one.\n", status=404, content_type="text/plain")
    if settings.MEDIA_IN_S3:
        return HttpResponseRedirect(default_storage.url(found["n"]))
    size = default_storage.size(found["n"])
    part = asked_for(request.headers.get("Range", ""), size)
    response = _bytes(request, found, range(size) if part is None else part)
    if part is not None:
        response.status_code = 206 if part else 416
        response["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{size}" if part else f"bytes */{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def asked_for(said: str, size: int) -> range | None:
    """Which of `size` bytes a `Range` names; None for all: where it says nothing, nonsense, or several."""
    found = _RANGE.fullmatch(said)
    first, last = found.groups() if found else (None, None)
    if first is None:
        return range(max(0, size - int(last)), size) if last else None
    if last is not None and int(last) < int(first):
        return None
    return range(int(first), size if last is None else min(int(last) + 1, size))


def _bytes(request: HttpRequest, found: dict[str, Any], part: range) -> HttpResponseBase:
    content_type = _CONTENT_TYPES.get(found["t"], "application/octet-stream")
    response: HttpResponseBase
    if request.method == "HEAD" or not part:
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(
            _parts(default_storage.open(found["n"]), part), content_type=content_type
        )
    response["Content-Length"] = str(len(part))
    return response


async def _parts(held: "File[bytes]", part: range) -> AsyncIterator[bytes]:
    """Given whole, a film would lie in memory."""
    reading = sync_to_async(held.read, thread_sensitive=False)
    held.seek(part.start)
    left = len(part)
    try:
        while left and (piece := await reading(min(_PART, left))):
            left -= len(piece)
            yield piece
    finally:
        held.close()
