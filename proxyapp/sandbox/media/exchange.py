"""From a request below /v3 to its reply, in the media providers' own shapes."""

from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from proxyapp.sandbox.dialect import HeaderList, bearer
from proxyapp.sandbox.media import samples, studio
from proxyapp.sandbox.media.studio import Studio
from proxyapp.sandbox.refusal import Refusal, decode
from proxyapp.sandbox.reply import Reply, whole
from proxyapp.sandbox.script import Script, ScriptError, parse

ROOT = "/v3/"
_NO_SCRIPT = Script()
_JSON = b"application/json"
_FILES = {
    "png": (b"image/png", samples.png),
    "mp4": (b"video/mp4", samples.mp4),
    "wav": (b"audio/wav", samples.wav),
}
_REASONS = {400: "INVALID_REQUEST_BODY", 401: "FAILED_TO_AUTH", 404: "API_NOT_FOUND"}


def reply_to(method: str, path: str, query: str, headers: dict[str, str], body: bytes, to: Studio) -> Reply:
    """The reply; whatever is wrong is said in a flat error."""
    place = unquote(path).removeprefix(ROOT)
    base_url = f"http://{headers.get('host', '')}"
    try:
        if method == "GET" and place.startswith("files/"):
            return _file(place)
        if bearer(headers) in ("", "bad"):
            raise Refusal(401, "failed to authenticate API key")
        if method == "GET" and place == "async/task-result":
            return _said(to.result(dict(parse_qsl(query)).get("task_id", ""), base_url))
        if method == "POST":
            return _posted(place, headers, decode(body, dict[str, Any]), to, base_url)
        raise Refusal(404, "page not found")
    except (Refusal, ScriptError) as error:
        return _refused(error if isinstance(error, Refusal) else Refusal(400, str(error)))


def _posted(place: str, headers: dict[str, str], body: dict[str, Any], to: Studio, base_url: str) -> Reply:
    if place == "async/cancel":
        to.cancel(str(body.get("task_id", "")))
        return _said({"task_id": body["task_id"]})
    is_async = place.startswith("async/") or place == "video/create"
    model = str(body.get("model", "")) if place == "video/create" else place.removeprefix("async/")
    script = parse(model, headers.get("x-sandbox-script", ""))
    if script.status is not None:
        return _refused(Refusal(script.status, "The sandbox was scripted to refuse."), script)
    if is_async:
        return _said({"task_id": to.order(model, script, body)}, script)
    return _at_once(studio.kind_of(model), body, script, base_url)


def _at_once(kind: str, body: dict[str, Any], script: Script, base_url: str) -> Reply:
    if kind == "audios":
        return whole(200, [], b"audio/wav", samples.wav(), script)
    urls = studio.links(kind, studio.count_of(body), base_url)
    return _said({"image_urls": urls} if kind == "images" else {"video_url": urls[0]}, script)


def _file(place: str) -> Reply:
    number, _, ending = place.removeprefix("files/").partition(".")
    if ending not in _FILES or not number.isdigit():
        raise Refusal(404, "page not found")
    kind, made = _FILES[ending]
    return whole(200, [], kind, made(), _NO_SCRIPT)


def _said(found: dict[str, Any], script: Script = _NO_SCRIPT) -> Reply:
    return whole(200, [], _JSON, msgspec.json.encode(found), script)


def _refused(refusal: Refusal, script: Script = _NO_SCRIPT) -> Reply:
    reason = refusal.code or _REASONS.get(refusal.status, "INTERNAL")
    found = {"code": refusal.status, "reason": reason, "message": refusal.message, "metadata": {}}
    headers: HeaderList = []
    return whole(refusal.status, headers, _JSON, msgspec.json.encode(found), script)
